namespace Niwaki.Tests;

/// <summary>State dicts as other libraries write them, every value different from all others.</summary>
internal static class ForeignNetworks
{
    /// <summary>timm's ViT with patches of 16 pixels.</summary>
    public static Dictionary<string, Weight> TimmVit(int width = 8, int depth = 2, int classes = 3, int grid = 14)
    {
        var state = new Counted { ["cls_token"] = [1, 1, width], ["pos_embed"] = [1, 1 + (grid * grid), width], ["patch_embed.proj.weight"] = [width, 3, 16, 16], ["patch_embed.proj.bias"] = [width] };
        for (var i = 0; i < depth; i++)
            Block(state, $"blocks.{i}.", width);
        Layer(state, "norm", width);
        Layer(state, "head", classes, width);
        return state.Weights;
    }

    /// <summary>timm's Swin with patches of 4 pixels.</summary>
    public static Dictionary<string, Weight> TimmSwin(int width, int[] depths, int[] heads, int window, int classes)
    {
        var state = new Counted();
        Layer(state, "patch_embed.proj", width, 3, 4, 4);
        Layer(state, "patch_embed.norm", width);
        for (var stage = 0; stage < depths.Length; stage++)
        {
            if (stage > 0)
            {
                Layer(state, $"layers.{stage}.downsample.norm", 2 * width);
                Layer(state, $"layers.{stage}.downsample.norm", 4 * (width << (stage - 1)));
                state[$"layers.{stage}.downsample.reduction.weight"] = [width << stage, 4 * (width << (stage - 1))];
            }

            for (var i = 0; i < depths[stage]; i++)
            {
                Block(state, $"layers.{stage}.blocks.{i}.", width << stage);
                state[$"layers.{stage}.blocks.{i}.attn.relative_position_bias_table"] = [((2 * window) - 1) * ((2 * window) - 1), heads[stage]];
            }
        }

        Layer(state, "norm", width << (depths.Length - 1));
        Layer(state, "head.fc", classes, width << (depths.Length - 1));
        return state.Weights;
    }

    public static Dictionary<string, Weight> Prefixed(this IEnumerable<KeyValuePair<string, Weight>> state, string prefix) => state.ToDictionary(each => prefix + each.Key, each => each.Value);

    private static void Block(Counted state, string name, int width)
    {
        Layer(state, name + "norm1", width);
        Layer(state, name + "attn.qkv", 3 * width, width);
        Layer(state, name + "attn.proj", width, width);
        Layer(state, name + "norm2", width);
        Layer(state, name + "mlp.fc1", 4 * width, width);
        Layer(state, name + "mlp.fc2", width, 4 * width);
    }

    private static void Layer(Counted state, string name, params int[] shape)
    {
        state[name + ".weight"] = shape;
        state[name + ".bias"] = [shape[0]];
    }

    private sealed class Counted
    {
        private int next;

        public Dictionary<string, Weight> Weights { get; } = [];

        public int[] this[string name]
        {
            set
            {
                var shape = new Shape(value);
                var values = new float[shape.Elements];
                for (var i = 0; i < values.Length; i++)
                    values[i] = next++ / 65536f;
                Weights[name] = new Weight(shape, values);
            }
        }
    }
}
