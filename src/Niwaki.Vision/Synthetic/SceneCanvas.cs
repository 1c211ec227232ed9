using System.Numerics;
using System.Runtime.CompilerServices;
using SkiaSharp;

namespace Niwaki.Vision;

/// <summary>
/// The two pictures of a scene, colour and label, drawn with the same geometry: colour with antialiasing, label without. One
/// at a time per thread; its buffers serve scene after scene.
/// </summary>
internal sealed class SceneCanvas : IDisposable
{
    private readonly uint[] colors;
    private readonly SKSurface colorSurface;
    private readonly SKSurface labelSurface;
    private readonly SKPath path = new();
    private readonly SKPaint fill = new() { IsAntialias = true, Style = SKPaintStyle.Fill };
    private readonly SKPaint stroke = new() { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeCap = SKStrokeCap.Round, StrokeJoin = SKStrokeJoin.Round };
    private readonly SKPaint labelFill = new() { IsAntialias = false, Style = SKPaintStyle.Fill, BlendMode = SKBlendMode.Src };
    private readonly SKPaint labelStroke = new() { IsAntialias = false, Style = SKPaintStyle.Stroke, BlendMode = SKBlendMode.Src, StrokeCap = SKStrokeCap.Round, StrokeJoin = SKStrokeJoin.Round };
    private readonly List<FlowField> fields = [];
    private int fieldsUsed;
    private Vector3[]? linear;

    public unsafe SceneCanvas(int width, int height)
    {
        (Width, Height) = (width, height);
        colors = GC.AllocateArray<uint>(width * height, pinned: true);
        Labels = GC.AllocateArray<byte>(width * height, pinned: true);
        X = new float[width * height];
        Y = new float[height];
        Texel = new float[height];
        colorSurface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)Unsafe.AsPointer(ref colors[0]), width * 4);
        labelSurface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Alpha8, SKAlphaType.Premul), (nint)Unsafe.AsPointer(ref Labels[0]), width);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The class of each pixel.</summary>
    public byte[] Labels { get; }

    /// <summary>The colour of each pixel, 0 to 1.</summary>
    public Vector3[] Linear()
    {
        linear ??= new Vector3[colors.Length];
        for (var i = 0; i < linear.Length; i++)
            linear[i] = Unpack(colors[i]);
        return linear;
    }

    /// <summary>The ground's x under each pixel.</summary>
    public float[] X { get; }

    /// <summary>The ground's y under each row.</summary>
    public float[] Y { get; }

    /// <summary>Metres per pixel in each row.</summary>
    public float[] Texel { get; }

    /// <summary>Only labels are wanted: nothing is coloured, and the labels are the same.</summary>
    public bool LabelsOnly { get; private set; }

    public void Begin(SceneCamera camera, bool labelsOnly)
    {
        LabelsOnly = labelsOnly;
        fieldsUsed = 0;
        Array.Clear(Labels);
        for (var row = 0; row < Height; row++)
        {
            var left = camera.Ground(0.5f, row + 0.5f);
            var right = camera.Ground(Width - 0.5f, row + 0.5f);
            var step = (right.X - left.X) / Math.Max(1, Width - 1);
            Y[row] = left.Y;
            Texel[row] = camera.Texel(left.Y);
            for (var column = 0; column < Width; column++)
                X[(row * Width) + column] = left.X + (step * column);
        }
    }

    /// <summary>Buffers to measure a path into, until the scene ends.</summary>
    public FlowField Field()
    {
        if (fieldsUsed == fields.Count)
            fields.Add(new FlowField(new float[Width * Height], new float[Width * Height], new float[Width * Height], new int[Height], new int[Height]));
        return fields[fieldsUsed++];
    }

    /// <summary>Covers the ground pixel by pixel. A negative label leaves the labels alone.</summary>
    public void Paint<TPaint>(ref TPaint paint, int label)
        where TPaint : struct, IPixelPaint
    {
        if (LabelsOnly && label < 0)
            return;
        for (var row = 0; row < Height; row++)
            PaintRow(ref paint, label, row, 0, Width);
    }

    /// <summary>Covers the ground where a path was measured.</summary>
    public void Paint<TPaint>(ref TPaint paint, int label, FlowField field)
        where TPaint : struct, IPixelPaint
    {
        if (LabelsOnly && label < 0)
            return;
        for (var row = 0; row < Height; row++)
            PaintRow(ref paint, label, row, field.From[row], field.To[row]);
    }

    /// <summary>A filled polygon, in pixels. A negative label leaves the labels alone.</summary>
    public void Fill(ReadOnlySpan<Vector2> points, Vector3 color, float alpha = 1, int label = -1)
    {
        if ((LabelsOnly && label < 0) || !Outline(points, close: true))
            return;
        if (label >= 0)
        {
            labelFill.Color = new SKColor(0, 0, 0, (byte)label);
            labelSurface.Canvas.DrawPath(path, labelFill);
        }

        if (LabelsOnly || alpha <= 0)
            return;
        fill.Color = Skia(color, alpha);
        colorSurface.Canvas.DrawPath(path, fill);
    }

    /// <summary>Only the label of a polygon.</summary>
    public void Label(ReadOnlySpan<Vector2> points, int label) => Fill(points, default, 0, label);

    /// <summary>A line through points, in pixels.</summary>
    public void Line(ReadOnlySpan<Vector2> points, float width, Vector3 color, float alpha = 1, int label = -1, float labelWidth = 0)
    {
        if ((LabelsOnly && label < 0) || !Outline(points, close: false))
            return;
        if (label >= 0)
        {
            labelStroke.Color = new SKColor(0, 0, 0, (byte)label);
            labelStroke.StrokeWidth = MathF.Max(width, labelWidth);
            labelSurface.Canvas.DrawPath(path, labelStroke);
        }

        if (LabelsOnly || alpha <= 0)
            return;
        stroke.Color = Skia(color, alpha * MathF.Min(1, width / 0.6f));
        stroke.StrokeWidth = MathF.Max(width, 0.6f);
        colorSurface.Canvas.DrawPath(path, stroke);
    }

    /// <summary>An upright ellipse, in pixels.</summary>
    public void Ellipse(Vector2 center, float radiusX, float radiusY, Vector3 color, float alpha = 1, int label = -1)
    {
        if (center.X + radiusX < 0 || center.Y + radiusY < 0 || center.X - radiusX > Width || center.Y - radiusY > Height)
            return;
        if (label >= 0)
        {
            labelFill.Color = new SKColor(0, 0, 0, (byte)label);
            labelSurface.Canvas.DrawOval(center.X, center.Y, radiusX, radiusY, labelFill);
        }

        if (LabelsOnly || alpha <= 0)
            return;
        fill.Color = Skia(color, alpha);
        colorSurface.Canvas.DrawOval(center.X, center.Y, radiusX, radiusY, fill);
    }

    /// <summary>Many polygons as one area, so that overlaps are not darker: all must turn the same way.</summary>
    public void FillUnion(List<Vector2[]> polygons, Vector3 color, float alpha)
    {
        if (LabelsOnly || alpha <= 0.01f)
            return;
        path.Rewind();
        foreach (var polygon in polygons)
            Append(polygon, close: true);
        fill.Color = Skia(color, alpha);
        colorSurface.Canvas.DrawPath(path, fill);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector3 Unpack(uint color) => new Vector3(color & 255, (color >> 8) & 255, (color >> 16) & 255) * (1 / 255f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Pack(Vector3 color)
    {
        color = (Vector3.Clamp(color, Vector3.Zero, Vector3.One) * 255) + new Vector3(0.5f);
        return (uint)color.X | ((uint)color.Y << 8) | ((uint)color.Z << 16) | 0xFF000000;
    }

    public void Dispose()
    {
        colorSurface.Dispose();
        labelSurface.Dispose();
        path.Dispose();
        fill.Dispose();
        stroke.Dispose();
        labelFill.Dispose();
        labelStroke.Dispose();
    }

    private static SKColor Skia(Vector3 color, float alpha)
    {
        color = (Vector3.Clamp(color, Vector3.Zero, Vector3.One) * 255) + new Vector3(0.5f);
        return new SKColor((byte)color.X, (byte)color.Y, (byte)color.Z, (byte)((Math.Clamp(alpha, 0, 1) * 255) + 0.5f));
    }

    private void PaintRow<TPaint>(ref TPaint paint, int label, int row, int from, int to)
        where TPaint : struct, IPixelPaint
    {
        var (y, texel) = (Y[row], Texel[row]);
        for (var i = (row * Width) + from; i < (row * Width) + to; i++)
        {
            var x = X[i];
            var cover = paint.Cover(i, x, y, texel);
            if (cover <= 0.004f)
                continue;
            if (label >= 0 && cover >= 0.5f)
                Labels[i] = (byte)label;
            if (LabelsOnly)
                continue;
            var under = Unpack(colors[i]);
            colors[i] = Pack(Vector3.Lerp(under, paint.Shade(i, x, y, texel, under), MathF.Min(cover, 1)));
        }
    }

    private bool Outline(ReadOnlySpan<Vector2> points, bool close)
    {
        var (low, high) = (points[0], points[0]);
        foreach (var point in points)
            (low, high) = (Vector2.Min(low, point), Vector2.Max(high, point));
        if (high.X < -4 || high.Y < -4 || low.X > Width + 4 || low.Y > Height + 4)
            return false;
        path.Rewind();
        Append(points, close);
        return true;
    }

    private void Append(ReadOnlySpan<Vector2> points, bool close)
    {
        path.MoveTo(points[0].X, points[0].Y);
        for (var i = 1; i < points.Length; i++)
            path.LineTo(points[i].X, points[i].Y);
        if (close)
            path.Close();
    }
}
