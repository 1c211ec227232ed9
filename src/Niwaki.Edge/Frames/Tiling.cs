namespace Niwaki.Edge;

/// <summary>
/// How a large frame is cut: tiles of one size that overlap, spread evenly so that the last ends where the frame ends. Of an overlap
/// each tile gives the half on its own side, where it sees most around a pixel (the overlap-tile strategy of U-Net,
/// arXiv:1505.04597, section 2). Tiles are labelled one after the other: the memory is that of one tile and the frame.
/// </summary>
/// <param name="Side">The longer side of a tile in pixels of the frame; the shorter follows from the model's input.</param>
/// <param name="Overlap">Least pixels that neighbours share.</param>
internal sealed record Tiling(int Side, int Overlap)
{
    private const int MostTiles = 4096;

    /// <summary>The tiles of a frame; one that holds it all where it is not larger than a tile.</summary>
    /// <exception cref="StageException">So many tiles that nobody would wait for them.</exception>
    public IReadOnlyList<Tile> Cut(Preprocess preprocess, int width, int height)
    {
        var longer = Math.Max(preprocess.Width, preprocess.Height);
        var (across, down) = (Math.Max(1, Side * preprocess.Width / longer), Math.Max(1, Side * preprocess.Height / longer));
        var (columns, rows) = (Line(width, across), Line(height, down));
        if ((long)columns.Length * rows.Length > MostTiles)
            throw new StageException($"tile: a frame of {width}x{height} would be {(long)columns.Length * rows.Length} tiles of {across}x{down}; at most {MostTiles} are cut. Choose larger tiles.");
        return [.. from row in rows from column in columns select new Tile(column.Start, row.Start, column.Length, row.Length, new Area(column.From, row.From, column.To - column.From, row.To - row.From))];
    }

    private (int Start, int Length, int From, int To)[] Line(int size, int tile)
    {
        if (size <= tile)
            return [(0, size, 0, size)];
        var overlap = Math.Min(Overlap, tile - 1);
        var count = (int)((size - overlap + (long)(tile - overlap) - 1) / (tile - overlap));
        var line = new (int Start, int Length, int From, int To)[count];
        for (var i = 0; i < count; i++)
            line[i] = (Start(i), tile, i == 0 ? 0 : Middle(i - 1), i == count - 1 ? size : Middle(i));
        return line;

        int Start(int i) => (int)((long)i * (size - tile) / (count - 1));
        int Middle(int i) => (Start(i) + tile + Start(i + 1)) / 2;
    }
}
