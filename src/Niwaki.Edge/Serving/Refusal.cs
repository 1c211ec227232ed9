namespace Niwaki.Edge;

/// <summary>A request that is answered with an error which its sender can understand.</summary>
internal sealed class Refusal(int status, string reason) : Exception(reason)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>When it is worth another try.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
