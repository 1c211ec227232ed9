using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>What a machine on which models were measured reached of its data sheet's figures, and how well that predicts.</summary>
/// <param name="Machine">The machine, in words.</param>
/// <param name="Device">The device profile with its figures.</param>
/// <param name="Engine">What ran the models.</param>
/// <param name="Threads">Threads that it was given.</param>
/// <param name="Shares">What it reached.</param>
/// <param name="Points">The models.</param>
public sealed record RooflineFit(string Machine, string Device, string Engine, int Threads, ReachedShares Shares, ValueList<RooflinePoint> Points)
{
    /// <summary>Fewer models fit anything.</summary>
    public const int LeastModels = 6;

    /// <summary>Another machine, in words, on which models were measured that this fit had not seen.</summary>
    public string? OtherMachine { get; init; }

    /// <summary>Those models, predicted from the fit and the other machine's profile: how far a prediction is off where nothing was measured.</summary>
    public ValueList<RooflinePoint> Elsewhere { get; init; } = [];

    /// <summary>Half of the models are predicted within this factor.</summary>
    [JsonIgnore]
    public double MedianFactor => Median(Points);

    /// <summary>All of the models are predicted within this factor.</summary>
    [JsonIgnore]
    public double WorstFactor => Points.Max(point => point.Factor);

    /// <summary>Half of some models are predicted within this factor.</summary>
    public static double Median(IReadOnlyList<RooflinePoint> points) => points.Select(point => point.Factor).Order().ElementAt(points.Count / 2);

    /// <summary>With models that were measured on another machine, each predicted from this fit.</summary>
    /// <param name="profile">The figures of that machine.</param>
    /// <param name="runtime">One of its runtimes.</param>
    /// <param name="threads">Threads that the engine was given.</param>
    /// <param name="machine">The machine, in words.</param>
    /// <param name="measured">The models' work and times.</param>
    /// <exception cref="StageException">Too few models.</exception>
    public RooflineFit Tried(DeviceProfile profile, DeviceRuntime runtime, int threads, string machine, IReadOnlyList<(string Model, IReadOnlyList<LayerWork> Layers, TimeSpan Time)> measured)
    {
        ArgumentNullException.ThrowIfNull(measured);
        if (measured.Count < LeastModels)
            throw new StageException($"{measured.Count} models were measured, but at least {LeastModels} are needed to tell how far predictions are off here. Give more, in float and in 8 bits.");
        var roofline = Shares.On(profile, runtime, threads);
        return this with { OtherMachine = machine, Elsewhere = [.. measured.Select(each => new RooflinePoint(each.Model, each.Time, roofline.Of(each.Layers)))] };
    }

    /// <summary>Fits the shares to measurements, and predicts each model from the others.</summary>
    /// <param name="profile">The figures of this machine.</param>
    /// <param name="runtime">One of its runtimes.</param>
    /// <param name="threads">Threads that the engine was given.</param>
    /// <param name="machine">The machine, in words.</param>
    /// <param name="engine">What ran the models.</param>
    /// <param name="measured">The models' work and times.</param>
    /// <exception cref="StageException">Too few models.</exception>
    public static RooflineFit Of(DeviceProfile profile, DeviceRuntime runtime, int threads, string machine, string engine, IReadOnlyList<(string Model, IReadOnlyList<LayerWork> Layers, TimeSpan Time)> measured)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(measured);
        if (measured.Count < LeastModels)
            throw new StageException($"{measured.Count} models were measured, but at least {LeastModels} are needed: fewer fit five figures and prove nothing. Give more, in float and in 8 bits.");
        var points = measured.Select((left, place) =>
        {
            var others = measured.Where((_, other) => other != place).Select(each => (each.Layers, each.Time)).ToArray();
            return new RooflinePoint(left.Model, left.Time, Fit(others).On(profile, runtime, threads).Of(left.Layers));
        }).ToArray();
        return new RooflineFit(machine, profile.Name, engine, threads, Fit([.. measured.Select(each => (each.Layers, each.Time))]), [.. points]);

        ReachedShares Fit((IReadOnlyList<LayerWork> Layers, TimeSpan Time)[] given) => ShareSearch.Best(shares => given.Sum(each =>
        {
            var off = Math.Log(shares.On(profile, runtime, threads).Of(each.Layers) / each.Time);
            return off * off;
        }));
    }
}
