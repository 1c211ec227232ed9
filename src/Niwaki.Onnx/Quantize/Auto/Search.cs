namespace Niwaki.Onnx;

/// <summary>How <c>quantize --auto</c> looks for a graph that is as accurate as asked for and measured faster.</summary>
public sealed record Search
{
    /// <summary>Pictures that candidates are compared on: of the validation split, or of a folder without masks every fourth picture, which then does not calibrate.</summary>
    public int Images { get; init; } = 100;

    /// <summary>Calibrators to try, besides the one that is given.</summary>
    public ValueList<Calibrator> Calibrators { get; init; } = [new PercentileCalibrator(), new PercentileCalibrator { Percent = 99.999 }, new MinMaxCalibrator(), new MseCalibrator(), new EntropyCalibrator()];

    /// <summary>Refinements to try one after another in front of those that are given; each stays where it helps.</summary>
    public ValueList<Refinement> Refinements { get; init; } = [new RepqRefinement(), new CrossLayerRefinement(), new GptqRefinement(), new RidgeRefinement()];

    /// <summary>Threads of the engine while speed is measured; the board's, where that is known. With one, the processor's time counts, which a busy machine does not lengthen.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Timed runs of each part and of the whole.</summary>
    public int Runs { get; init; } = 40;

    /// <summary>Longest time for one comparison of speed; slow graphs are run less often then, 8 times at least.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Pictures for the sensitivity of single layers.</summary>
    public int SensitivityImages { get; init; } = 8;

    /// <summary>Refuses what no search can work with.</summary>
    /// <exception cref="StageException">Says which option, and what is allowed.</exception>
    internal void Validate()
    {
        if (Images < 1 || Threads is < 1 or > 1024 || Runs < 1 || SensitivityImages < 1 || TimeLimit <= TimeSpan.Zero)
            throw new StageException($"search: images {Images}, threads {Threads}, runs {Runs}, sensitivity-images {SensitivityImages}, time-limit {TimeLimit.TotalSeconds} s; each needs 1 at least, and the time more than 0.");
        foreach (var calibrator in Calibrators)
            calibrator.Validate();
        foreach (var refinement in Refinements)
            refinement.Validate();
    }
}
