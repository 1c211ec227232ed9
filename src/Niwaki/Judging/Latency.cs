namespace Niwaki;

/// <summary>Time for one picture after warm-up.</summary>
/// <param name="Threads">Intra-op threads of the engine.</param>
/// <param name="Runs">Timed runs.</param>
/// <param name="EngineP50">Median, engine only.</param>
/// <param name="EngineP95">95th percentile, engine only.</param>
/// <param name="EngineP99">99th percentile, engine only.</param>
public sealed record Latency(int Threads, int Runs, TimeSpan EngineP50, TimeSpan EngineP95, TimeSpan EngineP99)
{
    /// <summary>Median from encoded picture to label map; absent without pictures.</summary>
    public TimeSpan? EndToEndP50 { get; init; }
}
