using Niwaki.Vision;
using TorchSharp;
using TorchSharp.Modules;

namespace Niwaki.Torch;

/// <summary>To fit the labels and what a teacher says.</summary>
internal sealed class TeacherGoal : ITrainingGoal
{
    private readonly Distill options;
    private readonly StageContext context;
    private readonly StartingPoint start;
    private readonly ForwardOptions studentForward;
    private readonly LabelledBatches labelled;
    private readonly LabelledBatches? unlabelled;
    private readonly LabelLoss loss;
    private readonly ITeacher teacher;
    private readonly TeacherInput input;
    private readonly IReadOnlyList<Term> terms;
    private readonly HashSet<string> studentTaps;
    private readonly HashSet<string> teacherTaps;
    private long batch;

    private sealed record Term(string Series, double Weight, IObjectiveTerm Loss);

    public TeacherGoal(Distill options, StageContext context, StartingPoint start)
    {
        (this.options, this.context, this.start) = (options, context, start);
        var model = context.Resolve<IModel>(options.Teacher);
        var taught = model.Preprocess(context.Vocabulary);
        var set = context.RequireData().Open(Split.Train);
        var share = options.Unlabelled is null ? 0 : Math.Clamp((int)Math.Round(options.Batch * options.UnlabelledShare), 1, options.Batch - 1);
        (Pictures, PicturesPerBatch) = (set.Count, options.Batch - share);

        // pictures are loaded once, at the larger size of both, as the student takes them
        var loaded = start.Preprocess with { Width = Math.Max(start.Preprocess.Width, taught.Width), Height = Math.Max(start.Preprocess.Height, taught.Height) };
        var loading = LabelGoal.BatchesOf(options, context);
        labelled = new LabelledBatches(set, loaded, loading with { Batch = PicturesPerBatch }, start.Classes, context.Log);
        if (options.Unlabelled is { } folder)
        {
            var pictures = new UnlabelledSet(new UnlabelledDataSource(folder).Open(Split.Train));
            unlabelled = new LabelledBatches(pictures, loaded, loading with { Batch = share, ClassBalance = 0, Seed = unchecked(context.Seed + 1_000_003) }, [new ClassInfo("picture", "#000000")], context.Log);
            context.Log.Say($"{pictures.Count} unlabelled pictures join, {share} in each batch of {options.Batch}.");
        }

        loss = new LabelLoss(options.HardWeight > 0 ? options.Losses : [], set, start.Classes.Count) { AuxiliaryWeight = options.AuxiliaryWeight };
        input = new TeacherInput(loaded, taught);
        teacher = model is TorchModel network
            ? new NetworkTeacher(Network.Load(network, context.Vocabulary), options.Precision)
            : new EngineTeacher(Engine.For(model, context.Vocabulary).Open(model, context.Vocabulary, torch.get_num_threads()), options.Teacher.Name);
        studentForward = new ForwardOptions { Training = true, Precision = options.Precision };

        var pair = new DistillPair(
            DistillPair.FeaturesOf(start.Architecture, start.Preprocess.Height, start.Preprocess.Width),
            teacher.Features,
            context.Seed);
        terms = Open(options.Objectives, pair);
        studentTaps = terms.SelectMany(term => term.Loss.StudentTaps).ToHashSet(StringComparer.Ordinal);
        teacherTaps = terms.SelectMany(term => term.Loss.TeacherTaps).ToHashSet(StringComparer.Ordinal);
        Parameters = [.. terms.SelectMany(term => term.Loss.Parameters.Select(each => Trained($"{term.Series}/{each.Key}", each.Value)))];
    }

    public int Pictures { get; }

    public int PicturesPerBatch { get; }

    public IReadOnlyList<TrainedParameter> Parameters { get; }

    public double WaitShare => labelled.WaitShare + (unlabelled?.WaitShare ?? 0);

    public long[] ClassPixels
    {
        get => labelled.ClassPixels;
        set => labelled.ClassPixels = value;
    }

    public void Open(long firstBatch)
    {
        batch = firstBatch;
        labelled.Open(firstBatch);
        unlabelled?.Open(firstBatch);
    }

    public torch.Tensor Next(Network network, Action<string, double> log)
    {
        using var scope = torch.NewDisposeScope();
        var (images, labels) = labelled.Next();
        var hard = labels;
        if (unlabelled is not null)
        {
            var (more, all) = unlabelled.Next();
            (images, labels) = (torch.cat([images, more]), torch.cat([labels, all]));
        }

        var seen = Maps.Align(images, start.Preprocess.Height, start.Preprocess.Width);
        var (outputs, features) = loss.ReadsAuxiliary ? network.Outputs(seen, studentForward, studentTaps) : Alone(network.Forward(seen, studentForward, studentTaps));
        var logits = outputs[0];
        var (targets, known) = teacher.Answer(input.Of(images), teacherTaps);
        var (height, width) = ((int)logits.shape[2], (int)logits.shape[3]);
        targets = Maps.Align(targets, height, width);
        var counted = Counted(labels, targets, hard.shape[0], log);
        var both = new DistillBatch(logits, targets, counted, features, known, (int)Seeds.Of(context.Seed, batch++)) { Labels = Maps.Sample(labels, height, width) };

        var total = torch.zeros(1).sum();
        if (!loss.IsEmpty)
        {
            var fit = loss.Of([.. outputs.Select(output => output.narrow(0, 0, hard.shape[0]))], Maps.Sample(hard, start.Preprocess.Height, start.Preprocess.Width), log);
            log("loss/hard", fit.ToDouble());
            total = total + (fit * options.HardWeight);
        }

        foreach (var term in terms)
        {
            var value = term.Loss.Of(both, (part, number) => log($"{term.Series}/{part}", number));
            log(term.Series, value.ToDouble());
            total = total + (value * term.Weight);
        }

        return total.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        labelled.Dispose();
        unlabelled?.Dispose();
        input.Dispose();
        teacher.Dispose();
        foreach (var term in terms)
            term.Loss.Dispose();
    }

    /// <summary>Which pixels of the logits' grid count: labelled ones, and those of unlabelled pictures of which the teacher is sure.</summary>
    private torch.Tensor Counted(torch.Tensor labels, torch.Tensor targets, long labelledPictures, Action<string, double> log)
    {
        using var still = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var counted = Maps.Sample(labels, (int)targets.shape[2], (int)targets.shape[3]).ne(LabelMap.Ignore).unsqueeze(1).to(torch.ScalarType.Float32);
        var pictures = targets.shape[0] - labelledPictures;
        if (pictures > 0)
        {
            var sure = targets.narrow(0, labelledPictures, pictures).softmax(1).amax(new long[] { 1 }, keepdim: true).ge(options.Confidence).to(torch.ScalarType.Float32);
            log("unlabelled/sure", sure.mean().ToDouble());
            counted = torch.cat([counted.narrow(0, 0, labelledPictures), counted.narrow(0, labelledPictures, pictures) * sure]);
        }

        return counted.MoveToOuterDisposeScope();
    }

    private static (IReadOnlyList<torch.Tensor> Outputs, IReadOnlyDictionary<string, torch.Tensor> Features) Alone((torch.Tensor Logits, IReadOnlyDictionary<string, torch.Tensor> Features) answer) =>
        ([answer.Logits], answer.Features);

    private static List<Term> Open(IEnumerable<Objective> objectives, DistillPair pair)
    {
        var terms = new List<Term>();
        foreach (var objective in objectives.Where(objective => objective.Weight > 0))
        {
            var series = $"loss/{Catalog.NameOf(objective.GetType(), typeof(Objective))}";
            var same = terms.Count(term => term.Series == series || term.Series.StartsWith(series + "-", StringComparison.Ordinal));
            terms.Add(new Term(same == 0 ? series : $"{series}-{same + 1}", objective.Weight, objective.Open(pair with { Seed = pair.Seed + terms.Count })));
        }

        return terms;
    }

    private TrainedParameter Trained(string name, Parameter tensor) => new(name, tensor, 1, tensor.shape.Length > 1 && tensor.shape[0] > 1 ? options.WeightDecay : 0);
}
