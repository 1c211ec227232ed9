namespace Niwaki.Edge;

/// <summary>What the program ends with; the same numbers as <c>niwaki</c>'s.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Fixable = 1;
    public const int Usage = 2;
    public const int MarksMissed = 3;
    public const int OurBug = 70;
    public const int Interrupted = 130;
}
