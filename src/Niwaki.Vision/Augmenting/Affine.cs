namespace Niwaki.Vision;

/// <summary>From network pixels to the picture's: <c>(XX x + XY y + X0, YX x + YY y + Y0)</c>, pixel centres at halves.</summary>
internal readonly record struct Affine(double XX, double XY, double YX, double YY, double X0, double Y0)
{
    public static Affine Identity { get; } = new(1, 0, 0, 1, 0, 0);

    /// <summary>This map, then another.</summary>
    public Affine Then(double xx, double xy, double yx, double yy, double x0, double y0) => new(
        xx * XX + xy * YX, xx * XY + xy * YY,
        yx * XX + yy * YX, yx * XY + yy * YY,
        xx * X0 + xy * Y0 + x0, yx * X0 + yy * Y0 + y0);

    public (double X, double Y) Map(double x, double y) => (XX * x + XY * y + X0, YX * x + YY * y + Y0);
}
