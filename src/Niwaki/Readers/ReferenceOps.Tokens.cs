namespace Niwaki;

/// <content>Grids, tokens, windows, attention.</content>
public sealed partial class ReferenceOps
{
    /// <inheritdoc/>
    public ReferenceTensor MeanTokens(ReferenceTensor tokens)
    {
        var shape = tokens.Shape;
        var mean = Fill(new ReferenceTensor(new Shape(shape[0], 1, shape[2])), (b, _, c) => Enumerable.Range(0, shape[1]).Average(n => tokens[b, n, c]));
        return mean.As(shape[0], shape[2]);
    }

    /// <inheritdoc/>
    public ReferenceTensor Token(ReferenceTensor tokens, int index)
    {
        var shape = tokens.Shape;
        return Fill(new ReferenceTensor(new Shape(shape[0], 1, shape[2])), (b, _, c) => tokens[b, index, c]).As(shape[0], shape[2]);
    }

    /// <inheritdoc/>
    public ReferenceTensor SkipTokens(ReferenceTensor tokens, int count) =>
        Fill(new ReferenceTensor(tokens.Shape.With(1, tokens.Shape[1] - count)), (b, n, c) => tokens[b, n + count, c]);

    /// <inheritdoc/>
    public ReferenceTensor ImageToGrid(ReferenceTensor image)
    {
        var shape = image.Shape;
        return Fill(new ReferenceTensor(new Shape(shape[0], shape[2], shape[3], shape[1])), (b, y, x, c) => image[b, c, y, x]);
    }

    /// <inheritdoc/>
    public ReferenceTensor GridToImage(ReferenceTensor grid)
    {
        var shape = grid.Shape;
        return Fill(new ReferenceTensor(new Shape(shape[0], shape[3], shape[1], shape[2])), (b, c, y, x) => grid[b, y, x, c]);
    }

    /// <inheritdoc/>
    public ReferenceTensor GridToTokens(ReferenceTensor grid) => grid.As(grid.Shape[0], grid.Shape[1] * grid.Shape[2], grid.Shape[3]);

    /// <inheritdoc/>
    public ReferenceTensor TokensToGrid(ReferenceTensor tokens, int height, int width) => tokens.As(tokens.Shape[0], height, width, tokens.Shape[2]);

    /// <inheritdoc/>
    public ReferenceTensor Windows(ReferenceTensor grid, WindowLayout layout)
    {
        var sources = layout.Sources();
        var cells = GridToTokens(grid);
        return Fill(new ReferenceTensor(new Shape(grid.Shape[0] * layout.Count, layout.Area, grid.Shape[3])), (w, n, c) =>
        {
            var source = sources[(w % layout.Count * layout.Area) + n];
            return source < 0 ? 0 : cells[w / layout.Count, source, c];
        });
    }

    /// <inheritdoc/>
    public ReferenceTensor Unwindows(ReferenceTensor tokens, WindowLayout layout)
    {
        var sources = layout.Sources();
        var batch = tokens.Shape[0] / layout.Count;
        var cells = new ReferenceTensor(new Shape(batch, layout.Height * layout.Width, tokens.Shape[2]));
        for (var i = 0; i < batch * sources.Length; i++)
        {
            var source = sources[i % sources.Length];
            for (var c = 0; c < tokens.Shape[2] && source >= 0; c++)
                cells[i / sources.Length, source, c] = tokens[i / layout.Area, i % layout.Area, c];
        }

        return TokensToGrid(cells, layout.Height, layout.Width);
    }

    /// <inheritdoc/>
    public ReferenceTensor MergePatches(ReferenceTensor grid)
    {
        var shape = grid.Shape;
        return Fill(new ReferenceTensor(new Shape(shape[0], (shape[1] + 1) / 2, (shape[2] + 1) / 2, 4 * shape[3])), (b, y, x, c) =>
        {
            var neighbour = c / shape[3];                                               // (0, 0), (1, 0), (0, 1), (1, 1)
            var (row, column) = ((2 * y) + (neighbour % 2), (2 * x) + (neighbour / 2));
            return row < shape[1] && column < shape[2] ? grid[b, row, column, c % shape[3]] : 0;
        });
    }

    /// <inheritdoc/>
    public ReferenceTensor Unfold(ReferenceTensor image, int patch)
    {
        var shape = image.Shape;
        var (area, across) = (patch * patch, shape[3] / patch);
        return Fill(new ReferenceTensor(new Shape(shape[0] * area, shape[2] / patch * across, shape[1])), (b, n, c) =>
            image[b / area, c, (n / across * patch) + (b % area / patch), (n % across * patch) + (b % patch)]);
    }

    /// <inheritdoc/>
    public ReferenceTensor Fold(ReferenceTensor tokens, int patch, int height, int width)
    {
        var area = patch * patch;
        return Fill(new ReferenceTensor(new Shape(tokens.Shape[0] / area, tokens.Shape[2], height, width)), (b, c, y, x) =>
            tokens[(b * area) + (y % patch * patch) + (x % patch), (y / patch * (width / patch)) + (x / patch), c]);
    }

    /// <inheritdoc/>
    public ReferenceTensor Attention(ReferenceTensor query, ReferenceTensor key, ReferenceTensor value, string name, AttentionOptions options)
    {
        var heads = options.Heads;
        var (queries, keys) = (query.Shape[1], key.Shape[1]);
        var (width, outputs) = (query.Shape[2] / heads, value.Shape[2] / heads);
        var layout = options.Windows;
        var table = layout is null ? null : Parameter($"{name}.relative_position_bias_table", new Shape(((2 * layout.WindowHeight) - 1) * ((2 * layout.WindowWidth) - 1), heads));
        var index = layout?.RelativePositionIndex();
        var mask = layout?.Mask() ?? [];
        var result = new ReferenceTensor(query.Shape.With(2, value.Shape[2]));
        Parallel.For(0, query.Shape[0] * heads, item =>
        {
            var (b, head) = (item / heads, item % heads);
            var logits = new double[keys];
            for (var q = 0; q < queries; q++)
            {
                for (var k = 0; k < keys; k++)
                {
                    double dot = 0;
                    for (var d = head * width; d < (head + 1) * width; d++)
                        dot += query[b, q, d] * key[b, k, d];
                    logits[k] = dot * options.Scale;
                    if (layout is not null)
                        logits[k] += table![(index![(q * keys) + k] * heads) + head];
                    if (mask.Length > 0)
                        logits[k] += mask[(((b % layout!.Count * queries) + q) * keys) + k];
                }

                var largest = logits.Max();
                var weights = Array.ConvertAll(logits, logit => Math.Exp(logit - largest));
                var sum = weights.Sum();
                for (var e = head * outputs; e < (head + 1) * outputs; e++)
                {
                    for (var k = 0; k < keys; k++)
                        result[b, q, e] += weights[k] / sum * value[b, k, e];
                }
            }
        });
        return result;
    }
}
