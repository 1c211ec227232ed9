using System.Text.Json.Serialization;

namespace Niwaki.Cli;

/// <summary>One model of a run, over all seeds.</summary>
/// <param name="Name">The step that gave it (or the folder it came from).</param>
/// <param name="Stage">That step's stage.</param>
/// <param name="Kind">The artifact's kind.</param>
/// <param name="Artifacts">One for each seed.</param>
/// <param name="Figures">Mean and deviation over the seeds.</param>
internal sealed record ModelEntry(string Name, string Stage, string Kind, ValueList<ArtifactEntry> Artifacts, Figures Figures)
{
    /// <summary>Against the teacher; absent for the teacher itself and where one of both was not measured.</summary>
    public Change? Change { get; init; }

    /// <summary>Latencies on the recipe's devices, of the first seed's graph: predicted, never measured.</summary>
    public ValueList<LatencyPrediction>? Predicted { get; init; }

    /// <summary>Whether there is any measurement.</summary>
    [JsonIgnore]
    public bool IsMeasured => Artifacts.Any(artifact => artifact.Measurements.Count > 0);
}

/// <summary>One artifact: a model of one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Key">The cache key.</param>
/// <param name="Digest">SHA-256 over its files.</param>
/// <param name="Folder">Relative to the run's folder, or where it came from.</param>
/// <param name="Duration">How long its stage took, in seconds.</param>
/// <param name="Measurements">All of them, in the order of the recipe.</param>
internal sealed record ArtifactEntry(int Seed, string Key, string Digest, string Folder, TimeSpan Duration, ValueList<MeasurementEntry> Measurements);

/// <summary>One measurement.</summary>
/// <param name="Step">The step that measured.</param>
/// <param name="Folder">The measurement's artifact, relative to the run's folder.</param>
/// <param name="Measurement">The figures.</param>
internal sealed record MeasurementEntry(string Step, string Folder, Measurement Measurement);

/// <summary>A gate's verdict.</summary>
/// <param name="Step">The gate's step.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Model">The model that was judged.</param>
/// <param name="Passed">Whether every limit holds.</param>
/// <param name="Lines">One for each limit.</param>
internal sealed record GateEntry(string Step, int Seed, string Model, bool Passed, ValueList<VerdictLine> Lines);

/// <summary>A model's difference to the teacher, of the means.</summary>
internal sealed record Change
{
    /// <summary>Mean IoU minus the teacher's.</summary>
    public double? MeanIoU { get; init; }

    /// <summary>Dice minus the teacher's.</summary>
    public double? Dice { get; init; }

    /// <summary>The teacher's median engine time by this one's, at the fewest threads that both were measured with.</summary>
    public double? SpeedUp { get; init; }

    /// <summary>File size by the teacher's.</summary>
    public double? SizeRatio { get; init; }

    /// <summary>Parameters by the teacher's.</summary>
    public double? ParameterRatio { get; init; }

    /// <summary>Multiply-accumulates by the teacher's.</summary>
    public double? MacsRatio { get; init; }

    /// <summary>Peak memory by the teacher's.</summary>
    public double? MemoryRatio { get; init; }

    /// <summary>Energy by the teacher's.</summary>
    public double? EnergyRatio { get; init; }
}
