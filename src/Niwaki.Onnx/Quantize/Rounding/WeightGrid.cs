namespace Niwaki.Onnx;

/// <summary>The numbers that the weights [outputs, width] of a layer may become: <c>Step * (code - Zero)</c> for each output and block of inputs.</summary>
internal sealed class WeightGrid
{
    // below the normal floats a division by it would overflow
    private const double LeastStep = 1e-30;
    private readonly int block;
    private readonly int blocks;

    private WeightGrid(GridShape shape, int outputs, int width)
    {
        Shape = shape;
        block = shape.Block ?? width;
        blocks = (width + block - 1) / block;
        Steps = new double[outputs * blocks];
        Zeros = new int[outputs * blocks];
    }

    /// <summary>Bits and what shares a step.</summary>
    public GridShape Shape { get; }

    /// <summary>Blocks of an output channel.</summary>
    public int Blocks => blocks;

    /// <summary>The step of each output and block.</summary>
    public double[] Steps { get; }

    /// <summary>The code of zero of each output and block.</summary>
    public int[] Zeros { get; }

    /// <summary>Lays a grid over weights, from the smallest to the largest of each block.</summary>
    /// <param name="rows">Weights [outputs, width].</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="shape">Bits and what shares a step.</param>
    /// <param name="floors">The least step of each output; or empty.</param>
    public static WeightGrid Over(ReadOnlySpan<double> rows, int outputs, GridShape shape, ReadOnlySpan<float> floors)
    {
        var width = rows.Length / outputs;
        var grid = new WeightGrid(shape, outputs, width);
        for (var output = 0; output < outputs; output++)
        {
            for (var at = 0; at < grid.blocks; at++)
            {
                var weights = rows.Slice((output * width) + (at * grid.block), Math.Min(grid.block, width - (at * grid.block)));
                var (low, high) = (0.0, 0.0);
                foreach (var weight in weights)
                    (low, high) = (Math.Min(low, weight), Math.Max(high, weight));
                grid.Set((output * grid.blocks) + at, low, high, floors.IsEmpty ? 0 : floors[output]);
            }
        }

        if (!shape.IsPerChannel)
            Array.Fill(grid.Steps, grid.Steps.Max());
        return grid;
    }

    /// <summary>The number of steps and of zeros of a place.</summary>
    public int At(int output, int input) => (output * blocks) + (input / block);

    /// <summary>The code of the nearest number.</summary>
    public int Nearest(int at, double weight) => (int)Math.Clamp(Math.Round(weight / Steps[at]) + Zeros[at], Shape.Low, Shape.High);

    /// <summary>The number of a code.</summary>
    public double Value(int at, int code) => Steps[at] * (code - Zeros[at]);

    // steps are stored as float32: round with what will be read
    private void Set(int at, double low, double high, double floor)
    {
        var size = Math.Max(-low, high);
        double step;
        if (Shape.IsSymmetric)
        {
            var most = (1 << (Shape.Bits - 1)) - 1;
            step = (float)Math.Max(size / most, floor);
            Zeros[at] = Shape.Block is null ? 0 : most + 1;
        }
        else
        {
            step = (float)((high - low) / Shape.High);
            Zeros[at] = step < LeastStep ? 0 : (int)Math.Clamp(Math.Round(-low / step), 0, Shape.High);
        }

        Steps[at] = step < LeastStep ? 1 : step;
    }
}
