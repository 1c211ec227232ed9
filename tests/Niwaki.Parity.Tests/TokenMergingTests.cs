using System.Text.Json;

namespace Niwaki.Parity.Tests;

/// <summary>Token merging against the original code's numbers (facebookresearch/ToMe).</summary>
public sealed class TokenMergingTests
{
    // of the largest value: ten times the rounding of float32
    private const double Tolerance = 1e-5;

    private static readonly ReferenceOps Plain = new(new Dictionary<string, Weight>());

    public static TheoryData<string> Merges() => Golden.OfKind("tome");

    public static TheoryData<string> Networks() => Golden.OfKind("tome_vit");

    [Theory]
    [MemberData(nameof(Merges))]
    public void Tokens_are_matched_and_merged_as_the_original_code_does_it(string name)
    {
        var tensors = Tensors(name);
        foreach (var (i, merge) in Golden.Description(name).GetProperty("parameters").GetProperty("merges").EnumerateArray().Index())
        {
            var (tokens, metric, sizes) = (Input("x"), Input("metric"), Input("size"));
            var (protects, distills) = (merge.GetProperty("class_token").GetBoolean(), merge.GetProperty("distill_token").GetBoolean());
            var count = Math.Min(merge.GetProperty("r").GetInt32(), TokenMatching.Most(tokens.Shape[1], (protects ? 1 : 0) + (distills ? 1 : 0)));
            var matching = Plain.MatchTokens(metric, "m", new TokenMatching(1, count) { ClassToken = protects, DistillationToken = distills });
            var (counts, sums) = (Plain.CountTokens(matching, "c"), Plain.SumTokens(matching, sizes, "s"));
            AssertMerge("source", matching);
            AssertMerge("merged_sum", Plain.SumTokens(matching, tokens, "m"));
            AssertMerge("merged_mean", Plain.MergeTokens(tokens, matching, null, counts, "m"));
            AssertMerge("wavg_first", Plain.MergeTokens(tokens, matching, null, counts, "m"));
            AssertMerge("wavg_first_size", counts);
            AssertMerge("wavg_sized", Plain.MergeTokens(tokens, matching, sizes, sums, "m"));
            AssertMerge("wavg_sized_size", sums);
            if (!distills)                                                              // the original code cannot undo that
                AssertMerge("unmerged_of_merged_mean", Plain.SpreadTokens(new ReferenceTensor(tensors[$"output.m{i}.merged_mean"]), matching, "u"));

            ReferenceTensor Input(string what) => new(tensors[$"input.m{i}.{what}"]);
            void AssertMerge(string output, ReferenceTensor actual) => AssertClose($"m{i}.{output}", tensors[$"output.m{i}.{output}"], actual);
        }
    }

    [Theory]
    [MemberData(nameof(Merges))]
    public void Attention_counts_tokens_by_their_sizes(string name)
    {
        var tensors = Tensors(name);
        var weights = SafeTensors.Read(Path.Combine(Golden.Needed, name, "weights.safetensors"));
        var heads = Golden.Description(name).GetProperty("parameters").GetProperty("attention").GetProperty("heads").GetInt32();
        var (tokens, sizes) = (new ReferenceTensor(tensors["input.attn.x"]), new ReferenceTensor(tensors["input.attn.size"]));
        var width = tokens.Shape[2];
        var op = new ReferenceOps(weights);
        var qkv = op.Linear(tokens, "qkv", 3 * width);
        var options = new AttentionOptions(heads, 1 / Math.Sqrt((double)width / heads));
        AssertClose("plain", tensors["output.attn.plain"], op.Linear(op.Attention(Part(0), Part(1), Part(2), "a", options), "proj", width));
        AssertClose("proportional", tensors["output.attn.proportional"], op.Linear(op.SizedAttention(Part(0), Part(1), Part(2), sizes, "a", options), "proj", width));

        ReferenceTensor Part(int part)
        {
            var result = new ReferenceTensor(tokens.Shape);
            for (var i = 0; i < result.Values.Length; i++)
                result.Values[i] = qkv.Values[(i / width * 3 * width) + (part * width) + (i % width)];
            return result;
        }
    }

    [Theory]
    [MemberData(nameof(Merges))]
    public void Schedules_are_the_original_ones(string name)
    {
        var tensors = Tensors(name);
        var compared = 0;
        foreach (var (i, schedule) in Golden.Description(name).GetProperty("parameters").GetProperty("r_schedules").EnumerateArray().Index())
        {
            var (blocks, given) = (schedule[0].GetInt32(), schedule[1]);
            MergeTokens? stage = given.ValueKind == JsonValueKind.Number ? new(given.GetInt32())
                : given.GetArrayLength() == 2 ? new(given[0].GetInt32()) { Slope = given[1].GetDouble() }
                : null;                                                                 // a list of counts is the architecture's own
            if (stage is null)
                continue;
            compared++;
            Assert.Equal(tensors[$"output.parse_r.{i}"].Values, stage.Schedule(blocks).Select(count => (float)count));
        }

        Assert.True(compared > 0);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_network_that_merges_gives_the_original_s_numbers_in_every_reader(string name)
    {
        var tensors = Tensors(name);
        var parameters = Golden.Description(name).GetProperty("parameters");
        var image = tensors["input.image"];
        var dense = GoldenArchitectures.Of("timm_vit", parameters.GetProperty("arch"), Golden.Shapes(Path.Combine(Golden.Needed, name)))!;
        var weights = Checkpoint.Import(SafeTensors.Read(Path.Combine(Golden.Needed, name, "weights.safetensors")), dense, image.Shape[2], image.Shape[3], new Vocabulary()).Weights;
        AssertClose("logits_without_merging", tensors["output.logits_without_merging"], Runs.Torch(dense, weights, image).Logits);
        foreach (var (count, proportional) in parameters.GetProperty("r").EnumerateArray().SelectMany(r => new[] { (r.GetInt32(), true), (r.GetInt32(), false) }))
        {
            var backbone = (VitBackbone)dense.Backbone;
            var (prefix, last) = ($"r{count}.prop{(proportional ? 1 : 0)}", backbone.Blocks.Count - 1);
            backbone = backbone with { Merged = [.. new MergeTokens(count).Schedule(backbone.Blocks.Count)], ProportionalAttention = proportional };
            var network = dense with { Backbone = backbone };
            foreach (var outcome in new[] { Runs.Reference(network, weights, image), Runs.Torch(network, weights, image) })
            {
                for (var i = 0; i <= last; i++)
                    AssertClose($"{prefix}.block{i}", tensors[$"output.{prefix}.block{i}"], outcome.Taps[$"backbone.blocks.{i}"].Value);
                AssertClose($"{prefix}.logits", tensors[$"output.{prefix}.logits"], outcome.Logits);
                AssertClose($"{prefix}.final_size", tensors[$"output.{prefix}.final_size"], outcome.Taps[$"backbone.blocks.{last}.merge.sizes"].Value);
            }

            foreach (var opset in new[] { 13, 17 })
                AssertClose($"{prefix}.logits, opset {opset}", tensors[$"output.{prefix}.logits"], Runs.Onnx(opset)(network, weights, image).Logits);
            var pixels = network with { Head = new FeatureHead(0) };
            AssertClose($"{prefix}.final_source", tensors[$"output.{prefix}.final_source"], Runs.Torch(pixels, weights, image).Taps[$"backbone.blocks.{last}.merge.sources"].Value);
        }
    }

    private static IReadOnlyDictionary<string, Weight> Tensors(string name)
    {
        _ = Golden.Description(name);                                                   // skips where there is none
        return Golden.Tensors(name);
    }

    private static void AssertClose(string what, Weight expected, ReferenceTensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        var largest = expected.Values.Max(value => Math.Abs((double)value));
        var difference = expected.Values.Zip(actual.Values, (x, y) => double.IsNaN(y) ? double.PositiveInfinity : Math.Abs(x - y)).Max();
        Assert.True(difference <= Tolerance * largest, $"{what}: differs by {difference:g3} where the largest value is {largest:g3}");
    }
}
