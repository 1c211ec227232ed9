namespace Niwaki.Cli;

/// <summary>What the program ends with.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Fixable = 1;
    public const int Usage = 2;
    public const int GateFailed = 3;
    public const int OurBug = 70;
    public const int Interrupted = 130;
}
