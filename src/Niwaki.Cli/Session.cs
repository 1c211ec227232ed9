using System.Text.Json;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>What every command gets besides its options.</summary>
/// <param name="Output">Results.</param>
/// <param name="Errors">Errors; and what is said on the way where the output is for a program.</param>
/// <param name="Words">The known records.</param>
/// <param name="Time">The clock.</param>
/// <param name="Cancel">Ctrl-C.</param>
internal sealed record Session(IAnsiConsole Output, IAnsiConsole Errors, Vocabulary Words, TimeProvider Time, CancellationToken Cancel)
{
    /// <summary>The records of all of Niwaki.</summary>
    public static Vocabulary AllWords { get; } = new(typeof(Vision.Engine).Assembly, typeof(Torch.LibTorch).Assembly, typeof(Onnx.Export).Assembly);

    /// <summary>The version as people write it.</summary>
    public static string Version { get; } = typeof(Session).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>A line as it is: neither markup nor wrapped.</summary>
    public void Line(string text) => Output.Profile.Out.Writer.WriteLine(text);

    /// <summary>JSON on the output.</summary>
    public void Json<T>(T value) => Line(JsonSerializer.Serialize(value, Words.Json));

    /// <summary>Runs work with a log: bars on a terminal, lines elsewhere; beside the output where that is for a program.</summary>
    public T Logged<T>(bool json, Func<IStageLog, T> work)
    {
        var console = json ? Errors : Output;
        return console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal
            ? BarLog.Run(console, Time, work)
            : work(new PlainLog(console, Time));
    }
}
