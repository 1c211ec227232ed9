namespace Niwaki.Vision;

/// <summary>Energy counters of x86 processor packages (RAPL), in microjoules, which wrap around.</summary>
internal sealed class RaplSensor : EnergySensor
{
    private readonly (string Counter, long Range)[] packages;

    private RaplSensor((string, long)[] packages) => this.packages = packages;

    public override string Name => "RAPL";

    public static RaplSensor? Open(string sys)
    {
        var found = Folders(Path.Combine(sys, "class/powercap"), "intel-rapl:*")
            .Where(zone => Machine.Text(Path.Combine(zone, "name"))?.StartsWith("package", StringComparison.Ordinal) == true)
            .Select(zone => (Counter: Path.Combine(zone, "energy_uj"), Range: Number(Path.Combine(zone, "max_energy_range_uj")) ?? long.MaxValue))
            .Where(zone => Number(zone.Counter) is not null)
            .ToArray();
        return found.Length > 0 ? new RaplSensor(found) : null;
    }

    public override Func<Joules> Begin()
    {
        var before = packages.Select(zone => Number(zone.Counter) ?? 0).ToArray();
        return () => new Joules(packages.Select((zone, i) =>
        {
            var used = (Number(zone.Counter) ?? before[i]) - before[i];
            return used >= 0 ? used : used + zone.Range;
        }).Sum() / 1e6);
    }
}
