namespace Niwaki.Torch;

/// <summary>
/// ViTKD (Yang et al., arXiv:2209.02432): shallow blocks are mimicked, and the deep feature is generated from a student's whose tokens
/// are partly masked. Works between different families: grids are interpolated to the smaller one, widths are aligned by learned
/// linear maps; these and the generation block are dropped after the training.
/// </summary>
public sealed record VitKd : Objective
{
    /// <summary>Blocks from the input on that are mimicked; 0 to generate only. Default: the paper's.</summary>
    public int ShallowBlocks { get; init; } = 2;

    /// <summary>Names of the student's shallow features; where none is given, its first blocks.</summary>
    public ValueList<string> StudentShallow { get; init; } = [];

    /// <summary>Names of the teacher's shallow features; where none is given, its first blocks.</summary>
    public ValueList<string> TeacherShallow { get; init; } = [];

    /// <summary>Name of the student's deep feature; where it is not given, its last stage.</summary>
    public string? StudentDeep { get; init; }

    /// <summary>Name of the teacher's deep feature; where it is not given, its last stage.</summary>
    public string? TeacherDeep { get; init; }

    /// <summary>Share of the tokens that are masked before the generation. Default: the paper's.</summary>
    public double MaskRatio { get; init; } = 0.5;

    /// <summary>Weight of the mimicking. Default: for normalised losses; the reference code's, for sums, is 3e-5.</summary>
    public double MimicWeight { get; init; } = 0.5;

    /// <summary>Weight of the generation; 0 to mimic only. Default: for normalised losses; the reference code's, for sums, is 3e-6.</summary>
    public double GenerateWeight { get; init; } = 0.5;

    /// <summary>
    /// Whether each channel of the teacher is brought to zero mean and unit variance and squares are meaned, so that the weights do not
    /// depend on the teacher, its width and the input size. Otherwise squares of raw features are summed and divided by the batch, as in
    /// the reference code.
    /// </summary>
    public bool Normalize { get; init; } = true;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(ShallowBlocks >= 0, nameof(ShallowBlocks), ShallowBlocks, "0 or more");
        Require(MaskRatio is > 0 and < 1, nameof(MaskRatio), MaskRatio, "a share between 0 and 1");
        Require(double.IsFinite(MimicWeight) && MimicWeight >= 0, nameof(MimicWeight), MimicWeight, "a number from 0 up");
        Require(double.IsFinite(GenerateWeight) && GenerateWeight >= 0, nameof(GenerateWeight), GenerateWeight, "a number from 0 up");
        Require(
            StudentShallow.Count == 0 || TeacherShallow.Count == 0 || StudentShallow.Count == TeacherShallow.Count,
            nameof(StudentShallow),
            $"a list of {StudentShallow.Count} beside {TeacherShallow.Count} of the teacher",
            "as many of both");
    }

    internal override IObjectiveTerm Open(DistillPair pair) => new VitKdTerm(this, pair);
}
