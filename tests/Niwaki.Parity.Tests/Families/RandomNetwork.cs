namespace Niwaki.Parity.Tests;

/// <summary>A random tiny network of one family and head, dense and after a random cut, with weights and a picture.</summary>
internal sealed record RandomNetwork(Architecture Architecture, IReadOnlyDictionary<string, Weight> Weights, Weight Image)
{
    public int Height => Image.Shape[2];

    public int Width => Image.Shape[3];

    /// <summary>Every pair of families that draws; a pair is not a family's business. <c>NIWAKI_BACKBONE=mit</c> looks at one backbone only.</summary>
    public static TheoryData<string, string> Pairs()
    {
        var one = Environment.GetEnvironmentVariable("NIWAKI_BACKBONE");
        var backbones = Drawing<TinyBackbone>().Keys.Where(name => string.IsNullOrEmpty(one) || name == one).Order(StringComparer.Ordinal);
        return [.. backbones.SelectMany(backbone => Drawing<TinyHead>().Keys.Order(StringComparer.Ordinal).Select(head => (backbone, head)))];
    }

    /// <summary>The variants below a root by the name of the family that they draw.</summary>
    public static IReadOnlyDictionary<string, Type> Drawing<T>() =>
        Catalog.Of(typeof(T), typeof(T).Assembly).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);

    /// <summary>Everything follows from the seed.</summary>
    public static RandomNetwork Draw(string backbone, string head, int seed)
    {
        var random = new Random(seed);
        var family = (TinyBackbone)Activator.CreateInstance(Drawing<TinyBackbone>()[backbone])!;
        var architecture = new Architecture(family.Draw(random), ((TinyHead)Activator.CreateInstance(Drawing<TinyHead>()[head])!).Draw(random), random.Next(2, 6));
        if (architecture.Head is not LinearHead && random.Next(2) == 0)
            architecture = architecture with { Auxiliary = new AuxiliaryHead([.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(2, 7))]) { JoinedWidth = random.Next(2) * random.Next(2, 7) } };
        return Of(architecture, family.DrawSide(random), family.DrawSide(random), random);
    }

    /// <summary>A network with random weights and a picture.</summary>
    public static RandomNetwork Of(Architecture architecture, int height, int width, int seed) => Of(architecture, height, width, new Random(seed));

    private static RandomNetwork Of(Architecture architecture, int height, int width, Random random)
    {
        var weights = ParameterOps.Of(architecture, height, width).ToDictionary(spec => spec.Name, spec => Drawn(spec, random), StringComparer.Ordinal);
        return new RandomNetwork(architecture, weights, Filled(new Shape(1, 3, height, width), () => Normal(random)));
    }

    /// <summary>What a random cut leaves of it; also the dense network with zeros in the same places.</summary>
    public (RandomNetwork Cut, RandomNetwork Zeroed) Prune(int seed)
    {
        var random = new Random(seed);
        var graph = ChannelOps.Of(Architecture, Height, Width);
        var cut = new ChannelCut(graph.Groups.Where(group => group.Fixed is null && random.Next(4) > 0).ToDictionary(group => group.Name, group => Some(group.Units, random)));
        var (architecture, weights) = graph.Slice(Weights, cut);
        return (this with { Architecture = architecture, Weights = weights }, this with { Weights = graph.Zero(Weights, cut) });
    }

    /// <summary>The same with every number moved to one of the two floats beside it.</summary>
    public RandomNetwork Nudged(int seed)
    {
        var random = new Random(seed);
        return this with { Weights = Weights.ToDictionary(pair => pair.Key, pair => Nudged(pair.Value), StringComparer.Ordinal), Image = Nudged(Image) };

        Weight Nudged(Weight weight) => new(weight.Shape, Array.ConvertAll(weight.Values, value => random.Next(2) == 0 ? MathF.BitIncrement(value) : MathF.BitDecrement(value)));
    }

    private static ValueList<int> Some(int units, Random random)
    {
        int[] kept = [.. Enumerable.Range(0, units).Where(_ => random.Next(2) == 0)];
        return [.. kept.Length > 0 ? kept : [random.Next(units)]];
    }

    // gains, offsets and statistics too, so that nothing that a cut or a reader forgets is zero or one by chance
    private static Weight Drawn(ParameterSpec spec, Random random) => Filled(spec.Shape, () => spec.Role switch
    {
        ParameterRole.ConvWeight or ParameterRole.LinearWeight => Normal(random) / Math.Sqrt(spec.FanIn),
        ParameterRole.NormWeight => 1 + (0.2 * Normal(random)),
        ParameterRole.RunningVariance => 0.5 + random.NextDouble(),
        _ => 0.3 * Normal(random),
    });

    private static Weight Filled(Shape shape, Func<double> next) => new(shape, [.. Enumerable.Range(0, (int)shape.Elements).Select(_ => (float)next())]);

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
