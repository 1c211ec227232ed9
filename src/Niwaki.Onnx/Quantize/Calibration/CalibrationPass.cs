using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Runs a float graph on pictures and counts the values inside it.</summary>
internal sealed class CalibrationPass : IDisposable
{
    private readonly GraphProbe probe;
    private readonly IReadOnlyList<string> values;
    private readonly IReadOnlyDictionary<string, ValueLayout> layouts;
    private readonly string where;

    public CalibrationPass(ModelProto model, IReadOnlyList<string> values, IReadOnlyDictionary<string, ValueLayout> layouts, string where)
    {
        (this.values, this.layouts, this.where) = (values, layouts, where);
        probe = new GraphProbe(model, values, where);
    }

    /// <summary>Counts one picture.</summary>
    /// <exception cref="StageException">A value is not finite.</exception>
    public void Run(float[] picture, IReadOnlyDictionary<string, Observation> seen) => probe.Run(picture, values, layouts, (value, data, _) =>
    {
        try
        {
            seen[value].AddShare(data);
        }
        catch (ArgumentException)
        {
            throw new StageException($"{where}: {value} holds numbers that are not finite on a calibration picture. The float model itself is broken: measure it, and train or export it again.");
        }
    }, inParallel: true);

    /// <inheritdoc/>
    public void Dispose() => probe.Dispose();
}
