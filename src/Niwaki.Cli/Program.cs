using Spectre.Console;

namespace Niwaki.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        AnsiConsole.MarkupLineInterpolated($"niwaki {typeof(Vocabulary).Assembly.GetName().Version?.ToString(3)} {string.Join(' ', args)}");
        return 2;
    }
}
