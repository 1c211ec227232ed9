namespace Niwaki.Vision;

/// <summary>
/// A power monitor on the board's supply rail (INA3221 and its relatives on Jetson boards), sampled and integrated. Newer kernels give
/// millivolts and milliamperes under hwmon, older Jetson ones milliwatts under iio.
/// </summary>
internal sealed class PowerSensor : EnergySensor
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    private readonly TimeProvider time;
    private readonly Func<double?> watts;

    private PowerSensor(string name, TimeProvider time, Func<double?> watts) => (Name, this.time, this.watts) = (name, time, watts);

    public override string Name { get; }

    public static PowerSensor? Open(TimeProvider time, string sys)
    {
        foreach (var device in Folders(Path.Combine(sys, "class/hwmon")))
        {
            if (Machine.Text(Path.Combine(device, "name")) is not { } name || !name.StartsWith("ina", StringComparison.Ordinal))
                continue;
            var channel = Enumerable.Range(1, 3).OrderBy(i => IsSupply(Machine.Text(Path.Combine(device, $"in{i}_label"))) ? 0 : 1).First();
            string File(string quantity) => Path.Combine(device, $"{quantity}{channel}_input");
            if (First(name, () => Number(File("power")) / 1e6) is { } measured)
                return measured;
            if (First(name, () => Number(File("in")) * Number(File("curr")) / 1e6) is { } computed)
                return computed;
        }

        foreach (var device in Folders(Path.Combine(sys, "bus/i2c/drivers/ina3221x")).SelectMany(device => Folders(device, "iio:device*")))
        {
            var rail = Enumerable.Range(0, 3).OrderBy(i => IsSupply(Machine.Text(Path.Combine(device, $"rail_name_{i}"))) ? 0 : 1).First();
            if (First("ina3221", () => Number(Path.Combine(device, $"in_power{rail}_input")) / 1e3) is { } measured)
                return measured;
        }

        return null;

        PowerSensor? First(string name, Func<double?> watts) => watts() is null ? null : new PowerSensor(name, time, watts);
        static bool IsSupply(string? label) => label?.EndsWith("_IN", StringComparison.Ordinal) == true;
    }

    public override Func<Joules> Begin()
    {
        var ended = new ManualResetEventSlim();
        var joules = 0d;
        var (power, at) = (watts() ?? 0, time.GetTimestamp());
        var sampler = new Thread(() =>
        {
            while (!ended.Wait(Interval))
                Sample();
        })
        { IsBackground = true, Name = "power sensor" };
        sampler.Start();
        return () =>
        {
            ended.Set();
            sampler.Join();
            ended.Dispose();
            Sample();
            return new Joules(joules);
        };

        // trapezoids between the samples
        void Sample()
        {
            var (next, now) = (watts() ?? power, time.GetTimestamp());
            joules += (power + next) / 2 * time.GetElapsedTime(at, now).TotalSeconds;
            (power, at) = (next, now);
        }
    }
}
