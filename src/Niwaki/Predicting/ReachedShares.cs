namespace Niwaki;

/// <summary>Which share of a data sheet's figures networks reach.</summary>
/// <param name="Float32">Of the products in float32, and in float16.</param>
/// <param name="Int8">Of the products in 8-bit integers.</param>
/// <param name="Grouped">Of the products in float32, where they are in groups.</param>
/// <param name="Bandwidth">Of the bytes. Above one where results stay in caches.</param>
/// <param name="StartCycles">Cycles of a core that starting a layer takes.</param>
public sealed record ReachedShares(double Float32, double Int8, double Grouped, double Bandwidth, double StartCycles)
{
    /// <summary>The rates of a runtime of a device.</summary>
    /// <param name="profile">The device.</param>
    /// <param name="runtime">One of its runtimes; figures that it lacks are taken from float32.</param>
    /// <param name="threads">That the engine is given; a GPU's figures are not divided.</param>
    /// <exception cref="StageException">The profile lacks the figures.</exception>
    public Roofline On(DeviceProfile profile, DeviceRuntime runtime, int threads)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(runtime);
        if (runtime.Float32 is not { } float32 || runtime.Bandwidth is not { } bandwidth || profile.Clock is not { } clock)
            throw new StageException($"{profile.Name}, {runtime.Name}: the profile lacks its float32, its bandwidth or its clock, without which no latency can be predicted. Add them, with their source.");
        var share = runtime.Family == RuntimeFamily.Onnxruntime ? Math.Min(1, (double)threads / profile.Cores) : 1;
        var products = float32.PerSecond * share;
        return new Roofline(
            products * Float32,
            (runtime.Float16?.PerSecond * share ?? products) * Float32,
            (runtime.Int8?.PerSecond * share * Int8) ?? products * Float32,
            products * Grouped,
            bandwidth.PerSecond * Bandwidth,
            TimeSpan.FromSeconds(StartCycles / clock.PerSecond));
    }
}
