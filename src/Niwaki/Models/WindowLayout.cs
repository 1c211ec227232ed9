namespace Niwaki;

/// <summary>
/// How a grid is cut into windows: padded right and bottom with zeros to a multiple of the window, and rolled by the shift
/// (Swin, arXiv:2103.14030, section 3.2).
/// </summary>
public sealed record WindowLayout
{
    /// <summary>Grid rows before padding.</summary>
    public required int Height { get; init; }

    /// <summary>Grid columns before padding.</summary>
    public required int Width { get; init; }

    /// <summary>Window rows.</summary>
    public required int WindowHeight { get; init; }

    /// <summary>Window columns.</summary>
    public required int WindowWidth { get; init; }

    /// <summary>Rows that the padded grid is rolled up by.</summary>
    public int ShiftHeight { get; init; }

    /// <summary>Columns that the padded grid is rolled left by.</summary>
    public int ShiftWidth { get; init; }

    /// <summary>timm rolls the bare grid and pads afterwards; all others pad first (the default). The same where nothing is padded.</summary>
    public bool RollBeforePad { get; init; }

    /// <summary>Rows after padding.</summary>
    public int PaddedHeight => (Height + WindowHeight - 1) / WindowHeight * WindowHeight;

    /// <summary>Columns after padding.</summary>
    public int PaddedWidth => (Width + WindowWidth - 1) / WindowWidth * WindowWidth;

    /// <summary>Windows in one picture.</summary>
    public int Count => PaddedHeight / WindowHeight * (PaddedWidth / WindowWidth);

    /// <summary>Tokens in one window.</summary>
    public int Area => WindowHeight * WindowWidth;

    /// <summary>Whether the windows are shifted, so that attention needs a mask.</summary>
    public bool Shifted => ShiftHeight > 0 || ShiftWidth > 0;

    /// <summary>Whether the grid has to be padded.</summary>
    public bool Padded => PaddedHeight != Height || PaddedWidth != Width;

    /// <summary>
    /// For each token of each window, windows row by row, the position <c>row * Width + column</c> in the grid that it comes from;
    /// -1 for padding. <c>[windows * area]</c>.
    /// </summary>
    public int[] Sources()
    {
        var sources = new int[Count * Area];
        var across = PaddedWidth / WindowWidth;
        for (var i = 0; i < sources.Length; i++)
        {
            var (window, token) = (i / Area, i % Area);
            var y = (window / across * WindowHeight) + (token / WindowWidth);
            var x = (window % across * WindowWidth) + (token % WindowWidth);
            if (RollBeforePad)
            {
                sources[i] = y < Height && x < Width ? ((y + ShiftHeight) % Height * Width) + ((x + ShiftWidth) % Width) : -1;
                continue;
            }

            (y, x) = ((y + ShiftHeight) % PaddedHeight, (x + ShiftWidth) % PaddedWidth);
            sources[i] = y < Height && x < Width ? (y * Width) + x : -1;
        }

        return sources;
    }

    /// <summary>
    /// For each pair of tokens of a window the row of the bias table, <c>[area * area]</c>:
    /// <c>(dy + h - 1)(2w - 1) + dx + w - 1</c> with dy, dx the query's position minus the key's.
    /// </summary>
    public int[] RelativePositionIndex()
    {
        var index = new int[Area * Area];
        for (var query = 0; query < Area; query++)
        {
            for (var key = 0; key < Area; key++)
            {
                var dy = (query / WindowWidth) - (key / WindowWidth);
                var dx = (query % WindowWidth) - (key % WindowWidth);
                index[(query * Area) + key] = ((dy + WindowHeight - 1) * ((2 * WindowWidth) - 1)) + dx + WindowWidth - 1;
            }
        }

        return index;
    }

    /// <summary>For each pair of tokens of a window its place in a table of distances, <c>[area * area]</c>: <c>|dy| * w + |dx|</c>.</summary>
    public int[] DistanceIndex()
    {
        var index = new int[Area * Area];
        for (var i = 0; i < index.Length; i++)
        {
            var (query, key) = (i / Area, i % Area);
            index[i] = (Math.Abs((query / WindowWidth) - (key / WindowWidth)) * WindowWidth) + Math.Abs((query % WindowWidth) - (key % WindowWidth));
        }

        return index;
    }

    /// <summary>
    /// Swin v2's log-spaced coordinates of each row of a bias table (arXiv:2111.09883, equation 4), <c>[(2h-1)(2w-1), 2]</c>:
    /// sign(d) log2(1 + |8 d / (side - 1)|) / 3 for the distances d down and right. In a window one token wide the only distance is 0.
    /// </summary>
    /// <param name="pretrained">Side of the windows that the biases were trained in; 0 means the sides of these windows.</param>
    public float[] RelativeCoordinates(int pretrained)
    {
        var (rows, columns) = ((2 * WindowHeight) - 1, (2 * WindowWidth) - 1);
        var coordinates = new float[rows * columns * 2];
        for (var i = 0; i < rows * columns; i++)
        {
            coordinates[2 * i] = Spaced((i / columns) - WindowHeight + 1, WindowHeight);
            coordinates[(2 * i) + 1] = Spaced((i % columns) - WindowWidth + 1, WindowWidth);
        }

        return coordinates;

        float Spaced(int distance, int side) =>
            (float)(Math.Sign(distance) * Math.Log2(1 + Math.Abs(8.0 * distance / Math.Max(1, (pretrained > 0 ? pretrained : side) - 1))) / 3);
    }

    /// <summary>What implementations add to the score of two tokens that must not see each other.</summary>
    public const float Masked = -100;

    /// <summary>
    /// The additive mask <c>[windows, area, area]</c>: <see cref="Masked"/> between tokens that were not neighbours before the roll, else 0;
    /// empty where nothing is shifted.
    /// </summary>
    public float[] Mask()
    {
        if (!Shifted)
            return [];
        var region = new int[PaddedHeight, PaddedWidth];
        for (var y = 0; y < PaddedHeight; y++)
        {
            for (var x = 0; x < PaddedWidth; x++)
                region[y, x] = (Band(y, PaddedHeight, WindowHeight, ShiftHeight) * 3) + Band(x, PaddedWidth, WindowWidth, ShiftWidth);
        }

        var mask = new float[Count * Area * Area];
        var across = PaddedWidth / WindowWidth;
        for (var window = 0; window < Count; window++)
        {
            var top = window / across * WindowHeight;
            var left = window % across * WindowWidth;
            for (var query = 0; query < Area; query++)
            {
                for (var key = 0; key < Area; key++)
                {
                    var same = region[top + (query / WindowWidth), left + (query % WindowWidth)] == region[top + (key / WindowWidth), left + (key % WindowWidth)];
                    mask[(((window * Area) + query) * Area) + key] = same ? 0 : Masked;
                }
            }
        }

        return mask;

        static int Band(int position, int size, int window, int shift) =>
            shift == 0 || position < size - window ? 0 : position < size - shift ? 1 : 2;
    }
}
