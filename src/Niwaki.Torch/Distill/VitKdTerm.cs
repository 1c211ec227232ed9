using TorchSharp;
using TorchSharp.Modules;

namespace Niwaki.Torch;

/// <summary><see cref="VitKd"/> between two networks.</summary>
internal sealed class VitKdTerm : IObjectiveTerm
{
    private const string Name = "vit-kd";

    private readonly VitKd options;
    private readonly IReadOnlyList<(Feature Student, Feature Teacher)> shallow;
    private readonly (Feature Student, Feature Teacher) deep;
    private readonly VitKdLoss loss;

    public VitKdTerm(VitKd options, DistillPair pair)
    {
        this.options = options;
        var count = options.StudentShallow.Count > 0 ? options.StudentShallow.Count : options.TeacherShallow.Count > 0 ? options.TeacherShallow.Count : options.ShallowBlocks;
        shallow = options.MimicWeight == 0 || count == 0
            ? []
            : [.. Shallow(pair.Student, options.StudentShallow, count).Zip(Shallow(pair.Teacher, options.TeacherShallow, count))];
        deep = (Deep(pair.Student, options.StudentDeep), Deep(pair.Teacher, options.TeacherDeep));
        loss = new VitKdLoss(
            [.. shallow.Select(each => (each.Student.Channels, each.Teacher.Channels))],
            Generates ? (deep.Student.Channels, deep.Teacher.Channels) : null,
            options.MaskRatio,
            options.Normalize,
            pair.Seed);
    }

    public IReadOnlyList<string> StudentTaps => [.. shallow.Select(each => each.Student.Tap.Name), .. Generates ? [deep.Student.Tap.Name] : Array.Empty<string>()];

    public IReadOnlyList<string> TeacherTaps => [.. shallow.Select(each => each.Teacher.Tap.Name), .. Generates ? [deep.Teacher.Tap.Name] : Array.Empty<string>()];

    public IReadOnlyList<KeyValuePair<string, Parameter>> Parameters => loss.Parameters.All;

    private bool Generates => options.GenerateWeight > 0;

    public torch.Tensor Of(DistillBatch batch, Action<string, double> log)
    {
        using var scope = torch.NewDisposeScope();
        var total = torch.zeros(1).sum();
        if (shallow.Count > 0)
        {
            var pairs = shallow.Select(each => FeatureMaps.Align(batch.Student[each.Student.Tap.Name], batch.Teacher[each.Teacher.Tap.Name])).ToArray();
            var mimic = loss.Mimic([.. pairs.Select(each => FeatureMaps.Tokens(each.Student))], [.. pairs.Select(each => FeatureMaps.Tokens(each.Teacher))]);
            log("mimic", mimic.ToDouble());
            total = total + (mimic * options.MimicWeight);
        }

        if (Generates)
        {
            var (student, teacher) = FeatureMaps.Align(batch.Student[deep.Student.Tap.Name], batch.Teacher[deep.Teacher.Tap.Name]);
            var (height, width) = ((int)teacher.shape[2], (int)teacher.shape[3]);
            var noise = FeatureMaps.Noise(batch.Seed, teacher.shape[0], height * width);
            var generated = loss.Generate(FeatureMaps.Tokens(student), FeatureMaps.Tokens(teacher), noise, height, width);
            log("generate", generated.ToDouble());
            total = total + (generated * options.GenerateWeight);
        }

        return total.MoveToOuterDisposeScope();
    }

    public void Dispose() => loss.Dispose();

    private static IReadOnlyList<Feature> Shallow(IReadOnlyList<Feature> features, ValueList<string> names, int count) =>
        names.Count > 0 ? [.. names.Select(name => DistillPair.Named(features, name, Name))] : DistillPair.Shallow(features, count, Name);

    private static Feature Deep(IReadOnlyList<Feature> features, string? name) =>
        name is null ? DistillPair.Deep(features, Name) : DistillPair.Named(features, name, Name);
}
