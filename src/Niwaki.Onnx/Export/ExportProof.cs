using Niwaki.Vision;

namespace Niwaki.Onnx;

/// <summary>Compares an exported graph in ONNX Runtime with the network it was written from.</summary>
internal sealed record ExportProof
{
    /// <summary>Pictures that are compared: from the validation set, or random without one.</summary>
    public int Pictures { get; init; } = 4;

    /// <summary>Largest difference of a logit, as a share of the logits' range.</summary>
    public double MaxDifference { get; init; } = 1e-3;

    /// <summary>Smallest share of pixels with the same label.</summary>
    public double MinAgreement { get; init; } = 0.999;

    /// <summary>Throws where the two differ.</summary>
    /// <exception cref="StageException">They differ by more than the bounds.</exception>
    public void Check(TorchModel network, StageContext context)
    {
        var found = Compare(network, context);
        if (!found.Holds)
            throw new StageException(FormattableString.Invariant($"export: the graph and the network differ by {found.Difference:g3} of a range of {found.Range:g3} (allowed: {MaxDifference:g2} of it), and agree on {found.Agreement:p3} of the labels (needed: {MinAgreement:p1}). The network's weights may be out of all proportion (not trained?), or this is a mistake in the export: report it with the architecture.json."));
        context.Log.Say(FormattableString.Invariant($"Proved on {found.Pictures} {(context.Data is null ? "random" : "validation")} pictures against {found.Engine}: {(found.Range > 0 ? FormattableString.Invariant($"largest difference {found.Difference / found.Range:g2} of the range, ") : string.Empty)}{found.Agreement:p2} of the labels equal."));
    }

    /// <summary>Runs both on the same pictures.</summary>
    /// <exception cref="StageException">One of them gives logits that are not finite.</exception>
    public ExportComparison Compare(TorchModel network, StageContext context)
    {
        var preprocess = network.Preprocess(context.Vocabulary);
        var exported = new OnnxModel(context.OutputFolder) { Digest = string.Empty, Lineage = [] };
        var threads = Math.Min(4, Environment.ProcessorCount);
        var engine = context.Vocabulary.Catalog(typeof(Engine)).Values.Select(type => (Engine)Activator.CreateInstance(type)!).FirstOrDefault(each => each.Runs(network));
        using var truth = engine?.Open(network, context.Vocabulary, threads) ?? new ReferenceSegmenter(network, context.Vocabulary);
        using var graph = new OnnxEngine().Open(exported, context.Vocabulary, threads);
        var compared = new List<(double Difference, double Range, long Same, long All)>();
        var pictures = engine is null ? 1 : Pictures;
        foreach (var image in Images(preprocess, context).Take(pictures))
        {
            context.Cancel.ThrowIfCancellationRequested();
            var (expected, actual) = (truth.Run(image), graph.Run(image));
            if (!expected.Scores.All(float.IsFinite))
                throw new StageException("export: the network itself gives logits that are not finite. Its weights are broken: train it again, or take an earlier model.");
            double difference = 0, range = 0;
            if (actual.Labels.Length == 0)
            {
                if (!actual.Scores.All(float.IsFinite))
                    throw new StageException("export: the graph gives logits that are not finite where the network's are. This is a mistake in the export: report it with the architecture.json.");
                range = expected.Scores.Max() - (double)expected.Scores.Min();
                for (var i = 0; i < expected.Scores.Length; i++)
                    difference = Math.Max(difference, Math.Abs(expected.Scores[i] - (double)actual.Scores[i]));
            }

            var labels = actual.Labels.Length > 0 ? actual.Labels : Labelling.ArgMax(actual);
            var wanted = Labelling.ArgMax(Labelling.Resized(expected, actual.Height, actual.Width));
            compared.Add((difference, range, labels.Zip(wanted).LongCount(pair => pair.First == pair.Second), labels.Length));
        }

        var whole = Judged(compared);
        if (whole.Holds || compared.Count < 2 || network.Architecture(context.Vocabulary).Backbone is not VitBackbone { Merged.Count: > 0 })
            return whole;

        // which of two almost equally like tokens is merged hangs on the last bit: one picture may fall on the other side
        compared.Remove(compared.MaxBy(each => (each.Difference, each.All - each.Same)));
        var others = Judged(compared);
        if (others.Holds)
            context.Log.Say("One picture was left out of the proof: rounding decided there which tokens were merged.");
        return others;

        ExportComparison Judged(IReadOnlyList<(double Difference, double Range, long Same, long All)> each)
        {
            var (difference, range, agreement) = (each.Max(one => one.Difference), each.Max(one => one.Range), each.Sum(one => one.Same) / (double)each.Sum(one => one.All));
            return new ExportComparison(difference, range, agreement, each.Count, truth.Engine) { Holds = difference <= MaxDifference * range && agreement >= MinAgreement };
        }
    }

    private IEnumerable<float[]> Images(Preprocess preprocess, StageContext context)
    {
        var set = context.Data?.Open(Split.Validation);
        var random = new Random(context.Seed);
        for (var i = 0; i < Pictures; i++)
        {
            if (set is not null)
            {
                yield return preprocess.Apply(set.Load((int)((long)i * set.Count / Pictures)).Image);
                continue;
            }

            var image = new float[3 * preprocess.Height * preprocess.Width];
            for (var pixel = 0; pixel < image.Length; pixel++)
                image[pixel] = (random.NextSingle() * 4) - 2;
            yield return image;
        }
    }
}
