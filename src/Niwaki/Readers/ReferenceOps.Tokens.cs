namespace Niwaki;

/// <content>Grids, tokens, windows.</content>
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
}
