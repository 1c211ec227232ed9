namespace Niwaki.Onnx;

/// <summary>Bilinear resizing. The sizes are given as scales: with a dynamic batch the sizes themselves are no constant.</summary>
internal static class Resizing
{
    /// <summary>Writes a Resize of an image.</summary>
    public static string Write(GraphWriter graph, string image, Shape shape, int height, int width, bool alignCorners, string name)
    {
        var scales = graph.Floats($"scales_{shape[2]}x{shape[3]}_{height}x{width}", new Shape(4), [1, 1, Scale(shape[2], height), Scale(shape[3], width)]);
        return graph.Node("Resize", name, [image, string.Empty, scales],
            ("mode", "linear"),
            ("coordinate_transformation_mode", alignCorners ? "align_corners" : "half_pixel"));
    }

    /// <summary>The factor nearest to <c>to / from</c> for which the runtime's floor(from * factor) is <paramref name="to"/>.</summary>
    public static float Scale(int from, int to)
    {
        var scale = (float)((double)to / from);
        while ((int)(from * scale) < to || (int)(from * (double)scale) < to)
            scale = MathF.BitIncrement(scale);
        return scale;
    }
}
