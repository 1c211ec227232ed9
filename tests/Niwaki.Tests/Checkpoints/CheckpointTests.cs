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
    public void A_separable_attention_is_split_into_one_row_of_q_and_equal_shares_of_k_and_v()
    {
        var architecture = new Architecture(MobileVitV2Backbone.Published(8, [8, 8, 8], [1]), new LinearHead(), 3);
        var state = new Dictionary<string, Weight> { ["stages.2.1.transformer.0.attn.qkv_proj.weight"] = Counting(17, 8, 1, 1), ["stages.2.1.transformer.0.attn.qkv_proj.bias"] = Counting(17) };
        var imported = Checkpoint.Import(state, architecture, 32, 32, Vocabulary);
        var name = "backbone.stages.2.transformer.blocks.0.attn";
        Assert.Equal("timm-mobile-vit", imported.Naming);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (float)i), imported.Weights[$"{name}.q.weight"].Values);
        Assert.Equal(Enumerable.Range(8, 64).Select(i => (float)i), imported.Weights[$"{name}.k.weight"].Values);
        Assert.Equal(new Shape(8, 8, 1, 1), imported.Weights[$"{name}.v.weight"].Shape);
        Assert.Equal(Enumerable.Range(9, 8).Select(i => (float)i), imported.Weights[$"{name}.v.bias"].Values);
    }

    [Theory]
    [InlineData("layers.0.blocks.1.attn.", "microsoft-swin")]
    [InlineData("features.1.1.attn.", "torch-vision-swin")]
    public void A_Swin_v2_comes_without_biases_of_its_keys_and_without_its_tables(string attention, string naming)
    {
        var architecture = new Architecture(new SwinV2Backbone([SwinV2Stage.Uniform(8, 2, 2, 4)]), new LinearHead(), 3);
        var state = new Dictionary<string, Weight>
        {
            [attention + "logit_scale"] = Counting(2, 1, 1),
            [attention + "cpb_mlp.0.weight"] = Counting(512, 2),
            [attention + "cpb_mlp.2.weight"] = Counting(2, 512),
            [attention + "relative_coords_table"] = Counting(1, 7, 7, 2),
        };
        if (naming == "microsoft-swin")
            (state[attention + "q_bias"], state[attention + "v_bias"]) = (Counting(8), Counting(8));
        else
            state[attention + "qkv.bias"] = Counting(24);
        var imported = Checkpoint.Import(state, architecture, 32, 32, Vocabulary);
        Assert.Equal(naming, imported.Naming);
        Assert.Empty(imported.Unused);
        Assert.Equal([attention + "relative_coords_table"], imported.Skipped);
        Assert.Equal(
            ["logit_scale", "position_weight1", "position_weight2", "q.bias", "v.bias"],
            imported.Weights.Keys.Select(key => key["backbone.stages.0.blocks.1.attn.".Length..]).Order(StringComparer.Ordinal));
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
