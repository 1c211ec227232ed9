namespace Niwaki.Cli;

/// <summary>What a bundle is to hold.</summary>
/// <param name="Source">The model, and what is known of it.</param>
/// <param name="Device">What it is for.</param>
internal sealed record BundleRequest(BundleSource Source, DeviceProfile Device)
{
    /// <summary>What is deployed; bundles of one name replace each other.</summary>
    public required string Name { get; init; }

    /// <summary>Grows from one bundle to the next; the time at which the model was made, where none is given.</summary>
    public long? Revision { get; init; }

    /// <summary>The published program; <see langword="null"/> leaves it out.</summary>
    public string? Program { get; init; }

    /// <summary>Golden pictures.</summary>
    public int Golden { get; init; } = 4;

    /// <summary>At most this many validation pictures for the reference.</summary>
    public int Reference { get; init; } = DriftReference.MaxFrames;

    /// <summary>How drift is judged.</summary>
    public DriftCalibration Calibration { get; init; } = new();

    /// <summary>Whether the float model goes along, so that the device can tell drift of the data from drift of the quantization.</summary>
    public bool Shadow { get; init; }

    /// <summary>What the device has to reach; what the run's gate and the device say, where none is given.</summary>
    public PassMarks? PassMarks { get; init; }
}
