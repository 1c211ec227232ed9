using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>
/// What a layer reads over the calibration pictures, as sums of products of its numbers (Gram matrices): all that rounding its weights with respect to
/// its outputs needs. Memory does not grow with the pictures; a wide layer is cut into blocks whose numbers are taken as independent of each other's.
/// </summary>
internal sealed class LayerInputs
{
    /// <summary>Numbers of a row that are looked at together, at most.</summary>
    public const int MaxBlock = 1024;

    // a Gram matrix of so many rows for each of its columns is known well enough
    private const int RowsForColumn = 8;
    private const int LeastRows = 128;
    private const int SmallWidth = 48;
    private readonly LayerGeometry geometry;
    private readonly InputRounding rounding;
    private readonly int rowsEach;
    private readonly float[][] grams;
    private readonly float[][] errors;
    private readonly double[] sums;
    private readonly double[] errorSums;
    private long pictures;

    /// <summary>Nothing seen yet.</summary>
    /// <param name="geometry">How the layer reads.</param>
    /// <param name="rounding">What happens to the numbers before.</param>
    /// <param name="pictureCount">How many pictures will come.</param>
    /// <param name="withErrors">Whether the error of the rounded numbers is watched too.</param>
    public LayerInputs(LayerGeometry geometry, InputRounding rounding, int pictureCount, bool withErrors)
    {
        this.geometry = geometry;
        this.rounding = rounding;
        rowsEach = Math.Clamp(((RowsForColumn * Math.Min(geometry.Width, MaxBlock)) + pictureCount - 1) / pictureCount, Math.Min(LeastRows, geometry.Rows), geometry.Rows);
        var blocks = (geometry.Width + MaxBlock - 1) / MaxBlock;
        var each = (geometry.Width + blocks - 1) / blocks;
        Blocks = [.. Enumerable.Range(0, blocks).Select(i => (i * each, Math.Min(each, geometry.Width - (i * each))))];
        float[][] Make() => [.. Enumerable.Range(0, geometry.Groups).SelectMany(_ => Blocks.Select(block => new float[block.Count * block.Count]))];
        grams = Make();
        errors = withErrors ? Make() : [];
        sums = new double[geometry.Groups * geometry.Width];
        errorSums = new double[withErrors ? sums.Length : 0];
    }

    /// <summary>The parts of a row that are looked at together.</summary>
    public IReadOnlyList<(int Start, int Count)> Blocks { get; }

    /// <summary>Rows seen.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes that the inputs of a layer take.</summary>
    public static long Bytes(LayerGeometry geometry, bool withErrors) => (withErrors ? 8L : 4L) * geometry.Groups * geometry.Width * Math.Min(geometry.Width, MaxBlock);

    /// <summary>Adds a picture.</summary>
    public void Add(ReadOnlySpan<float> data, DenseProducts products)
    {
        var (width, count) = (geometry.Width, rowsEach);
        var (rows, rounded) = (new float[count * width], new float[count * width]);
        for (var group = 0; group < geometry.Groups; group++)
        {
            for (var i = 0; i < count; i++)
                geometry.Copy(data, (int)(((long)i * geometry.Rows / count) + (pictures * 7919 % Math.Max(1, geometry.Rows / count))), group, rows.AsSpan(i * width, width));
            rows.CopyTo(rounded, 0);
            rounding.Apply(rounded, data);
            AddColumns(rounded, sums.AsSpan(group * width, width));
            if (errors.Length > 0)
            {
                TensorPrimitives.Subtract<float>(rows, rounded, rows);
                AddColumns(rows, errorSums.AsSpan(group * width, width));
            }

            for (var block = 0; block < Blocks.Count; block++)
            {
                var part = Part(rounded, block);
                AddProducts(part, part, Blocks[block].Count, grams[(group * Blocks.Count) + block], products);
                if (errors.Length > 0)
                    AddProducts(Part(rows, block), part, Blocks[block].Count, errors[(group * Blocks.Count) + block], products);
            }
        }

        pictures++;
        Rows += count;
    }

    /// <summary>The mean of <c>x̂ᵀ x̂</c> of one block of one group; around the mean of x̂ where the bias will be corrected.</summary>
    public double[] Gram(int group, int block, bool isCentred) => Mean(grams[(group * Blocks.Count) + block], group, block, isCentred ? sums : null);

    /// <summary>The mean of <c>(x - x̂)ᵀ x̂</c>; around both means where the bias will be corrected.</summary>
    public double[] Errors(int group, int block, bool isCentred) => Mean(errors[(group * Blocks.Count) + block], group, block, isCentred ? errorSums : null);

    private double[] Mean(float[] sum, int group, int block, double[]? left)
    {
        var (start, count) = Blocks[block];
        var mean = new double[sum.Length];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
            {
                mean[(i * count) + j] = sum[(i * count) + j] / (double)Rows;
                if (left is not null)
                    mean[(i * count) + j] -= left[(group * geometry.Width) + start + i] / Rows * sums[(group * geometry.Width) + start + j] / Rows;
            }
        }

        return mean;
    }

    private static void AddColumns(float[] rows, Span<double> sums)
    {
        for (var i = 0; i < rows.Length; i++)
            sums[i % sums.Length] += rows[i];
    }

    private float[] Part(float[] rows, int block)
    {
        if (Blocks.Count == 1)
            return rows;
        var (start, count) = Blocks[block];
        var part = new float[rows.Length / geometry.Width * count];
        for (var i = 0; i < part.Length / count; i++)
            rows.AsSpan((i * geometry.Width) + start, count).CopyTo(part.AsSpan(i * count));
        return part;
    }

    private static void AddProducts(float[] left, float[] right, int width, float[] sum, DenseProducts products)
    {
        var rows = left.Length / width;
        if (width > SmallWidth)
        {
            var product = new float[width * width];
            products.MultiplyTransposed(left, right, rows, width, width, product);
            TensorPrimitives.Add(sum, product, sum);
            return;
        }

        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < width; i++)
            {
                var factor = left[(row * width) + i];
                for (var j = 0; j < width; j++)
                    sum[(i * width) + j] += factor * right[(row * width) + j];
            }
        }
    }
}
