using System.Diagnostics.CodeAnalysis;

namespace Niwaki;

/// <summary>A download that broke off and may be tried again.</summary>
[SuppressMessage("Design", "CA1064", Justification = "never leaves the hub's client")]
internal sealed class HubInterruption(string message) : Exception(message)
{
    /// <summary>When the hub wants to be asked again.</summary>
    public TimeSpan? After { get; init; }
}
