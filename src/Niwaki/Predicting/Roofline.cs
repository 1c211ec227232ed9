namespace Niwaki;

/// <summary>
/// How fast a machine is thought to be: a layer takes as long as its products or its bytes, whichever is longer, and what starting it
/// takes (Williams, Waterman and Patterson, Roofline, CACM 52(4), 2009).
/// </summary>
/// <param name="Float32">Multiply-accumulates a second in float32.</param>
/// <param name="Float16">Multiply-accumulates a second in float16.</param>
/// <param name="Int8">Multiply-accumulates a second in 8-bit integers.</param>
/// <param name="Grouped">Multiply-accumulates a second of grouped products.</param>
/// <param name="Bandwidth">Bytes a second.</param>
/// <param name="Start">What starting a layer takes.</param>
public sealed record Roofline(double Float32, double Float16, double Int8, double Grouped, double Bandwidth, TimeSpan Start)
{
    /// <summary>How long a layer is thought to take.</summary>
    public TimeSpan Of(LayerWork layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return TimeSpan.FromSeconds(Seconds(layer));
    }

    /// <summary>How long layers one after the other are thought to take.</summary>
    public TimeSpan Of(IEnumerable<LayerWork> layers) => TimeSpan.FromSeconds(layers.Sum(Seconds));

    private double Seconds(LayerWork layer)
    {
        var rate = layer.Kind switch
        {
            WorkKind.Float32 => Float32,
            WorkKind.Float16 => Float16,
            WorkKind.Int8 => Int8,
            WorkKind.Grouped => Grouped,
            _ => double.PositiveInfinity,
        };
        return Math.Max(layer.Macs.Value / rate, layer.Moved.Value / Bandwidth) + Start.TotalSeconds;
    }
}
