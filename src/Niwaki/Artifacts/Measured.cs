namespace Niwaki;

/// <summary>What was measured of a model: <c>measurement.json</c>, and sample pictures where they were asked for.</summary>
public sealed record Measured(string Folder) : Artifact(Folder)
{
    /// <summary>File name of the <see cref="Measurement"/>.</summary>
    public const string MeasurementFile = "measurement.json";
}
