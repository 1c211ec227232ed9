namespace Niwaki.Tests;

public sealed class CheckpointTests
{
    private static readonly Vocabulary Vocabulary = new();
    private static readonly Architecture Vit = new(new VitBackbone(8, TransformerBlock.Uniform(8, 1, 2)) { PatchSize = 4 }, new LinearHead(), 3);

    [Fact]
    public void A_fused_product_is_split_into_query_key_and_value()
    {
        var imported = Import(State());
        Assert.Equal("timm-vit", imported.Naming);
        Assert.True(imported.Complete);
        Assert.Empty(imported.Unused);
        Assert.Equal(Enumerable.Range(0, 64).Select(i => (float)i), imported.Weights["backbone.blocks.0.attn.q.weight"].Values);
        Assert.Equal(Enumerable.Range(64, 64).Select(i => (float)i), imported.Weights["backbone.blocks.0.attn.k.weight"].Values);
        Assert.Equal(Enumerable.Range(16, 8).Select(i => (float)i), imported.Weights["backbone.blocks.0.attn.v.bias"].Values);
    }

    [Fact]
    public void What_does_not_fit_is_told_in_both_directions()
    {
        var state = State();
        state.Remove("norm.weight");
        state["fc_norm.weight"] = Counting(8);
        state["head.weight"] = Counting(1000, 8);
        var imported = Import(state);
        Assert.Equal(["backbone.norm.weight"], imported.Missing);
        Assert.Equal(["fc_norm.weight"], imported.Unused);
        Assert.Equal(["head.fc.weight: is [1000, 8] where [3, 8] is needed"], imported.Misfits);
        Assert.False(imported.Complete);
    }

    [Fact]
    public void A_backbone_serves_another_head_whose_tensors_stay_missing()
    {
        var imported = Checkpoint.Import(State(), Vit with { Head = new UperNetHead(4) }, 16, 16, Vocabulary);
        Assert.All(imported.Missing, name => Assert.StartsWith("head.", name, StringComparison.Ordinal));
        Assert.Equal(["head.weight", "head.bias"], imported.Unused);
        Assert.Contains("backbone.pos_embed", imported.Weights.Keys);
    }

    [Fact]
    public void A_wrapper_before_every_name_is_taken_off_and_counters_are_skipped()
    {
        var state = State();
        state["norm.num_batches_tracked"] = Counting(1);
        var imported = Import(state.ToDictionary(entry => $"module.{entry.Key}", entry => entry.Value));
        Assert.True(imported.Complete);
        Assert.Equal(["norm.num_batches_tracked"], imported.Skipped);
    }

    [Fact]
    public void Positions_of_another_input_size_are_resampled_and_special_tokens_kept()
    {
        var state = State();
        state["pos_embed"] = new Weight(new Shape(1, 10, 8), [.. Enumerable.Repeat(7f, 8), .. Enumerable.Repeat(2f, 72)]);
        var positions = Import(state).Weights["backbone.pos_embed"];
        Assert.Equal(new Shape(1, 17, 8), positions.Shape);
        Assert.All(positions.Values.Take(8), value => Assert.Equal(7, value));
        Assert.All(positions.Values.Skip(8), value => Assert.Equal(2, value, 1e-5f));
    }

    [Fact]
    public void Tables_of_another_window_are_resampled()
    {
        var swin = new Architecture(new SwinBackbone([SwinStage.Uniform(8, 1, 2, 4)]), new LinearHead(), 3);
        var state = new Dictionary<string, Weight> { ["layers.0.blocks.0.attn.relative_position_bias_table"] = new(new Shape(169, 2), [.. Enumerable.Repeat(3f, 338)]) };
        var table = Checkpoint.Import(state, swin, 32, 32, Vocabulary).Weights["backbone.stages.0.blocks.0.attn.relative_position_bias_table"];
        Assert.Equal(new Shape(49, 2), table.Shape);
        Assert.All(table.Values, value => Assert.Equal(3, value, 1e-5f));
    }

    [Fact]
    public void Names_that_nobody_knows_are_answered_with_the_known_libraries()
    {
        var problem = Assert.Throws<StageException>(() => Import(new Dictionary<string, Weight> { ["generator.conv.kernel"] = Counting(3) }));
        Assert.Contains("generator.conv.kernel", problem.Message, StringComparison.Ordinal);
        Assert.Contains("timm-vit", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("swin-micro+upernet-16")]
    [InlineData("mobilevit-micro+linear")]
    public void Our_own_names_go_through_unchanged(string model)
    {
        var architecture = Presets.Architecture(model, 3);
        var state = ParameterOps.Of(architecture, 64, 64).ToDictionary(spec => spec.Name, spec => Counting([.. spec.Shape.Dimensions]));
        var imported = Checkpoint.Import(state, architecture, 64, 64, Vocabulary);
        Assert.Equal("niwaki", imported.Naming);
        Assert.True(imported.Complete);
        Assert.Empty(imported.Unused);
        Assert.Equal(state.OrderBy(entry => entry.Key), imported.Weights.OrderBy(entry => entry.Key));
    }

    private static Imported Import(IReadOnlyDictionary<string, Weight> state) => Checkpoint.Import(state, Vit, 16, 16, Vocabulary);

    private static Dictionary<string, Weight> State() => new()
    {
        ["cls_token"] = Counting(1, 1, 8),
        ["pos_embed"] = Counting(1, 17, 8),
        ["patch_embed.proj.weight"] = Counting(8, 3, 4, 4),
        ["patch_embed.proj.bias"] = Counting(8),
        ["blocks.0.norm1.weight"] = Counting(8),
        ["blocks.0.norm1.bias"] = Counting(8),
        ["blocks.0.attn.qkv.weight"] = Counting(24, 8),
        ["blocks.0.attn.qkv.bias"] = Counting(24),
        ["blocks.0.attn.proj.weight"] = Counting(8, 8),
        ["blocks.0.attn.proj.bias"] = Counting(8),
        ["blocks.0.norm2.weight"] = Counting(8),
        ["blocks.0.norm2.bias"] = Counting(8),
        ["blocks.0.mlp.fc1.weight"] = Counting(32, 8),
        ["blocks.0.mlp.fc1.bias"] = Counting(32),
        ["blocks.0.mlp.fc2.weight"] = Counting(8, 32),
        ["blocks.0.mlp.fc2.bias"] = Counting(8),
        ["norm.weight"] = Counting(8),
        ["norm.bias"] = Counting(8),
        ["head.weight"] = Counting(3, 8),
        ["head.bias"] = Counting(3),
    };

    private static Weight Counting(params int[] shape) => new(new Shape(shape), [.. Enumerable.Range(0, (int)new Shape(shape).Elements).Select(i => (float)i)]);
}
