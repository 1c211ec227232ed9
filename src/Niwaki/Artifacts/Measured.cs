namespace Niwaki;

/// <summary>What was measured of a model: <c>measurement.json</c>, and sample pictures where they were asked for.</summary>
public sealed record Measured(string Folder) : Artifact(Folder)
{
    /// <summary>File name of the <see cref="Niwaki.Measurement"/>.</summary>
    public const string MeasurementFile = "measurement.json";

    /// <summary>The figures.</summary>
    /// <exception cref="StageException">The file is missing or wrong.</exception>
    public Measurement Measurement(Vocabulary vocabulary)
    {
        var path = PathOf(MeasurementFile);
        return File.Exists(path) ? vocabulary.Read<Measurement>(File.ReadAllText(path), path) : throw new StageException($"{path}: is missing. Measure again.");
    }
}
