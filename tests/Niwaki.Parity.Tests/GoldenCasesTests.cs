namespace Niwaki.Parity.Tests;

/// <summary>No golden case lies there without being looked at.</summary>
public sealed class GoldenCasesTests
{
    private static readonly Dictionary<string, string> Comparers = new(StringComparer.Ordinal)
    {
        ["interp"] = nameof(InterpolationTests),
        ["metrics"] = nameof(MetricsTests),
        ["swin_tables"] = nameof(SwinTablesTests),
        ["tome"] = nameof(TokenMergingTests),
        ["tome_vit"] = nameof(TokenMergingTests),
    };

    // Niwaki.Torch.Tests: GoldenLossTests
    private static readonly string[] Losses = ["logit_kd", "cwd", "dist", "mgd", "vitkd", "ohem"];

    public static TheoryData<string> Cases() => Golden.All();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_is_compared_by_some_test(string name)
    {
        var description = Golden.Description(name);
        var (family, kind) = (Golden.Text(description, "family"), Golden.Text(description, "kind"));
        if (family is not null)
            Assert.True(GoldenArchitectures.Of(family, description.GetProperty("arch"), Golden.Shapes(Path.Combine(Golden.Needed, name))) is not null, $"{name}: the family '{family}' has no forward here.");
        else if (kind is null)
            Assert.Contains(CheckpointFileParityTests.Twins(), twins => twins.Data.Item1.StartsWith(name, StringComparison.Ordinal));
        else
            Assert.True(Comparers.ContainsKey(kind) || Losses.Contains(kind), $"{name}: nobody compares cases of the kind '{kind}'.");
    }
}
