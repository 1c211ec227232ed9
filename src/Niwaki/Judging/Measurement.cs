namespace Niwaki;

/// <summary>Everything that was measured of one model. What was not measured is absent, never zero.</summary>
public sealed record Measurement
{
    /// <summary>Quality on the validation split.</summary>
    public Accuracy? Accuracy { get; init; }

    /// <summary>One entry for each thread count.</summary>
    public IReadOnlyList<Latency> Latencies { get; init; } = [];

    /// <summary>Peak resident set of a fresh process that loads the model and labels pictures.</summary>
    public Bytes? PeakMemory { get; init; }

    /// <summary>The model file on disk: weights, or the ONNX graph.</summary>
    public Bytes? FileSize { get; init; }

    /// <summary>Numbers in the model's weights, buffers left out.</summary>
    public long? Parameters { get; init; }

    /// <summary>Multiply-accumulates for one picture at the model's input size.</summary>
    public Macs? Macs { get; init; }

    /// <summary>Energy for one picture, idle power subtracted; only where a sensor was read.</summary>
    public Joules? Energy { get; init; }

    /// <summary>The LPCV 2023 challenge's score: <see cref="Accuracy.Dice"/> divided by the seconds from an encoded picture to its labels, at the fastest measured thread count.</summary>
    public double? ChallengeScore => Accuracy?.Dice / Latencies.Min(latency => latency.EndToEndP50)?.TotalSeconds;

    /// <summary>The engine that ran: <c>onnxruntime 1.31.1</c> or <c>torch</c>.</summary>
    public string? Engine { get; init; }

    /// <summary>The machine in words: processor, cores, features that matter, memory.</summary>
    public string? Machine { get; init; }
}
