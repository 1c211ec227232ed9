using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Times every block of a quantized graph by itself, float and 8 bits in turns; blocks that are alike are timed once.</summary>
/// <param name="exact">The float graph that the plan was made for.</param>
/// <param name="written">The same graph in 8 bits.</param>
/// <param name="plan">What runs in 8 bits.</param>
/// <param name="layouts">Sizes of the float graph's values.</param>
internal sealed class BlockTimes(ModelProto exact, ModelProto written, QuantizationPlan plan, IReadOnlyDictionary<string, ValueLayout> layouts)
{
    private readonly GraphIndex exactIndex = new(exact.Graph);
    private readonly GraphIndex writtenIndex = new(written.Graph);

    /// <summary>Times them.</summary>
    /// <param name="threads">Threads of the engine.</param>
    /// <param name="timing">How often.</param>
    /// <param name="memory">Keeps what was timed.</param>
    /// <param name="context">Told how far it is; stops.</param>
    public IReadOnlyList<BlockTime> Of(int threads, InterleavedTiming timing, SearchMemory memory, StageContext context)
    {
        var blocks = Block.Of(exact.Graph, plan);
        var times = new List<BlockTime>();
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            var title = block.Title(layouts);
            var pair = memory.Recall($"block:{threads}:{block.Signature(exactIndex, layouts)}", () => Time(block, threads, timing, context));
            if (pair is [var slow, var fast])
                times.Add(new BlockTime(title, [.. block.Products.Select(product => product.Node.Name)], TimeSpan.FromTicks(slow), TimeSpan.FromTicks(fast), new Macs(block.Products.Sum(product => product.Macs.Value))));
            context.Log.Progress("times layers", i + 1, blocks.Count, title);
        }

        return times;
    }

    private long[] Time(Block block, int threads, InterleavedTiming timing, StageContext context)
    {
        string Written(string value) => exactIndex.Producer(value) is { } && writtenIndex.Consumers(value) is [{ OpType: "QuantizeLinear" } quantize] && writtenIndex.Consumers(quantize.Output[0]) is [{ OpType: "DequantizeLinear" } back, ..] ? back.Output[0] : value;
        var left = SubGraph.Between(exact, exactIndex, block.Inputs, block.Outputs, layouts);
        var right = SubGraph.Between(written, writtenIndex, block.Inputs, [.. block.Outputs.Select(output => plan.Products.Any(product => product.Node.OpType == "Gemm" && product.Node.Output.Contains(output)) ? output : Written(output))], layouts);
        if (left is null || right is null)
            return [];
        try
        {
            using var slow = new TimedGraph(left, "a part of the float graph", threads);
            using var fast = new TimedGraph(right, "a part of the 8-bit graph", threads);
            return [.. timing.Of([slow, fast], context.Cancel).Select(time => time.Ticks)];
        }
        catch (StageException)
        {
            // a part that does not stand alone: only the whole graph's time judges it
            return [];
        }
    }
}
