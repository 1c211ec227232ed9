using System.Diagnostics;

namespace Niwaki.Vision.Tests;

public sealed class EnergyTests : IDisposable
{
    private readonly TestFolder sys = new();

    public void Dispose() => sys.Dispose();

    [Fact]
    public void Rapl_sums_the_packages_and_survives_a_wrapped_counter()
    {
        Zone("intel-rapl:0", "package-0", 900_000, 1_000_000);
        Zone("intel-rapl:0:0", "core", 5, 10);
        Zone("intel-rapl:1", "package-1", 0, 1_000_000);
        Zone("intel-rapl:2", "psys", 0, 1_000_000);
        var sensor = EnergySensor.Find(TimeProvider.System, sys.Path)!;
        Assert.Equal("RAPL", sensor.Name);
        var end = sensor.Begin();
        Zone("intel-rapl:0", "package-0", 100_000, 1_000_000);
        Zone("intel-rapl:1", "package-1", 300_000, 1_000_000);
        Zone("intel-rapl:2", "psys", 700_000, 1_000_000);
        Assert.Equal(0.5, end().Value, 1e-9);
    }

    [Fact]
    public void A_board_monitor_is_integrated_over_time_on_its_supply_rail()
    {
        sys.Write("class/hwmon/hwmon0/name", "thermal\n");
        sys.Write("class/hwmon/hwmon1/name", "ina3221\n");
        sys.Write("class/hwmon/hwmon1/in1_label", "VDD_CPU\n");
        sys.Write("class/hwmon/hwmon1/in1_input", "1000\n");
        sys.Write("class/hwmon/hwmon1/curr1_input", "1000\n");
        sys.Write("class/hwmon/hwmon1/in2_label", "VDD_IN\n");
        sys.Write("class/hwmon/hwmon1/in2_input", "5000\n");
        sys.Write("class/hwmon/hwmon1/curr2_input", "2000\n");
        AssertWatts(10);
    }

    [Fact]
    public void An_old_jetsons_monitor_gives_milliwatts()
    {
        sys.Write("bus/i2c/drivers/ina3221x/6-0040/iio:device0/rail_name_0", "POM_5V_GPU\n");
        sys.Write("bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power0_input", "100\n");
        sys.Write("bus/i2c/drivers/ina3221x/6-0040/iio:device0/rail_name_1", "POM_5V_IN\n");
        sys.Write("bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power1_input", "4000\n");
        AssertWatts(4);
    }

    [Fact]
    public void Idle_power_is_subtracted()
    {
        Zone("intel-rapl:0", "package-0", 0, long.MaxValue);
        var clock = Stopwatch.StartNew();
        var (extra, used) = (0L, 0L);
        // 20 W idle, and 0.3 J for each run
        var sensor = new Counter(() => used = (long)(clock.Elapsed.TotalSeconds * 20e6) + extra);
        var context = new StageContext(".", new Vocabulary(), _ => throw new InvalidOperationException()) { Log = new TestLog() };
        var energy = EnergyRun.Of(
            sensor,
            _ =>
            {
                Thread.Sleep(5);
                extra += 300_000;
            },
            TimeSpan.FromMilliseconds(200),
            TimeSpan.FromMilliseconds(400),
            context);
        Assert.Equal(0.3, energy!.Value.Value, 0.05); // 0.4 and more with the idle power
        Assert.True(used > 0);
        Assert.Null(EnergyRun.Of(new Counter(() => 7), _ => Thread.Sleep(1), TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(5), context));
    }

    [Fact]
    public void Without_a_sensor_there_is_none()
    {
        Assert.Null(EnergySensor.Find(TimeProvider.System, sys.Path));
        sys.Write("class/hwmon/hwmon0/name", "ina3221\n");
        Assert.Null(EnergySensor.Find(TimeProvider.System, sys.Path));
    }

    private void AssertWatts(double watts)
    {
        var time = new ManualTime();
        var end = EnergySensor.Find(time, sys.Path)!.Begin();
        time.Now = TimeSpan.FromSeconds(2);
        Assert.Equal(watts * 2, end().Value, 1e-9);
    }

    private void Zone(string zone, string name, long energy, long range)
    {
        sys.Write($"class/powercap/{zone}/name", name + "\n");
        sys.Write($"class/powercap/{zone}/energy_uj", $"{energy}\n");
        sys.Write($"class/powercap/{zone}/max_energy_range_uj", $"{range}\n");
    }

    private sealed class Counter(Func<long> microjoules) : EnergySensor
    {
        public override string Name => "counter";

        public override Func<Joules> Begin()
        {
            var before = microjoules();
            return () => new Joules((microjoules() - before) / 1e6);
        }
    }

    private sealed class ManualTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
