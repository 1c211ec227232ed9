using System.Globalization;

namespace Niwaki.Vision;

/// <summary>What can tell how much energy the machine used.</summary>
internal abstract class EnergySensor
{
    /// <summary>Names the sensor.</summary>
    public abstract string Name { get; }

    /// <summary>Starts to read; the result ends it and gives the energy in between.</summary>
    public abstract Func<Joules> Begin();

    /// <summary>The machine's sensor for the whole board or processor; <see langword="null"/> where there is none that can be read.</summary>
    public static EnergySensor? Find(TimeProvider time, string sys = "/sys") => RaplSensor.Open(sys) ?? (EnergySensor?)PowerSensor.Open(time, sys);

    protected static IEnumerable<string> Folders(string folder, string pattern = "*") =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).Order(StringComparer.Ordinal) : [];

    protected static long? Number(string path) => long.TryParse(Machine.Text(path), CultureInfo.InvariantCulture, out var value) ? value : null;
}
