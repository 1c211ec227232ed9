using TorchSharp;
using TorchSharp.Modules;
using F = TorchSharp.torch.nn.functional;

namespace Niwaki.Torch;

/// <summary>The arithmetic of <see cref="VitKd"/>, on tokens <c>[B, N, C]</c> of equal grids. Parameters are named as in the reference code.</summary>
internal sealed class VitKdLoss : IDisposable
{
    private readonly bool normalize;
    private readonly double maskRatio;
    private readonly IReadOnlyList<(Parameter Weight, Parameter Bias)?> shallow;
    private readonly (Parameter Weight, Parameter Bias)? deep;
    private readonly Parameter? maskToken;
    private readonly (Parameter Weight, Parameter Bias) first;
    private readonly (Parameter Weight, Parameter Bias) second;

    /// <param name="shallow">Channels of each pair of shallow features.</param>
    /// <param name="deep">Channels of the deep features; nothing where none is generated.</param>
    /// <param name="maskRatio">As <see cref="VitKd.MaskRatio"/>.</param>
    /// <param name="normalize">As <see cref="VitKd.Normalize"/>.</param>
    /// <param name="seed">Of starting values.</param>
    public VitKdLoss(IReadOnlyList<(int Student, int Teacher)> shallow, (int Student, int Teacher)? deep, double maskRatio, bool normalize, int seed)
    {
        (this.maskRatio, this.normalize) = (maskRatio, normalize);
        Parameters = new TermParameters(seed);
        this.shallow = [.. shallow.Select((pair, i) => Align($"align2.{i}", pair))];
        if (deep is not { } widths)
            return;
        this.deep = Align("align", widths);
        maskToken = Parameters.Token("mask_token", widths.Teacher);
        first = Parameters.Conv("generation.0", widths.Teacher);
        second = Parameters.Conv("generation.2", widths.Teacher);
    }

    public TermParameters Parameters { get; }

    /// <summary>Equation 2: the shallow features, layer by layer.</summary>
    public torch.Tensor Mimic(IReadOnlyList<torch.Tensor> student, IReadOnlyList<torch.Tensor> teacher)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor? total = null;
        for (var layer = 0; layer < shallow.Count; layer++)
        {
            var target = normalize ? FeatureMaps.Standardize(teacher[layer]) : teacher[layer];
            var squares = (Project(student[layer], shallow[layer]) - target).square();
            var loss = normalize ? squares.mean() / shallow.Count : squares.sum() / student[layer].shape[0];
            total = total is null ? loss : total + loss;
        }

        return (total ?? throw new InvalidOperationException("There is no shallow feature.")).MoveToOuterDisposeScope();
    }

    /// <summary>Equation 5: the deep feature from one of which only some tokens are left.</summary>
    /// <param name="student"><c>[B, H*W, C]</c>.</param>
    /// <param name="teacher"><c>[B, H*W, C']</c>.</param>
    /// <param name="noise"><c>[B, H*W]</c>; the tokens with the smallest are kept.</param>
    /// <param name="height">Rows of the grid.</param>
    /// <param name="width">Columns of the grid.</param>
    public torch.Tensor Generate(torch.Tensor student, torch.Tensor teacher, torch.Tensor noise, int height, int width)
    {
        using var scope = torch.NewDisposeScope();
        var (batch, tokens, channels) = (teacher.shape[0], teacher.shape[1], teacher.shape[2]);
        var masked = Masked(noise).unsqueeze(2);                                        // [B, N, 1]
        var mixed = (Project(student, deep) * (1 - masked)) + (maskToken! * masked);
        var map = mixed.transpose(1, 2).reshape(batch, channels, height, width);
        var generated = FeatureMaps.Tokens(FeatureMaps.Generate(map, first, second));   // [B, N, C']
        var target = normalize ? FeatureMaps.Standardize(teacher) : teacher;
        var squares = ((generated - target).square() * masked).sum();
        var loss = normalize ? squares / (masked.sum() * channels) : squares / (batch * maskRatio);
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>1 where a token is masked.</summary>
    public torch.Tensor Masked(torch.Tensor noise)
    {
        using var scope = torch.NewDisposeScope();
        var kept = (long)(noise.shape[1] * (1 - maskRatio));
        var rank = noise.argsort(1).argsort(1);
        return rank.ge(kept).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    public void Dispose() => Parameters.Dispose();

    private (Parameter Weight, Parameter Bias)? Align(string name, (int Student, int Teacher) widths) =>
        widths.Student == widths.Teacher ? null : Parameters.Linear(name, widths.Student, widths.Teacher);

    private static torch.Tensor Project(torch.Tensor tokens, (Parameter Weight, Parameter Bias)? linear) =>
        linear is var (weight, bias) ? F.linear(tokens, weight, bias) : tokens;
}
