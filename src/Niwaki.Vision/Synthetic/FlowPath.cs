using System.Numerics;

namespace Niwaki.Vision;

/// <summary>A line through the world with a width: a river, a road, a flow of mud or lava.</summary>
internal sealed class FlowPath
{
    private readonly Vector2[] points;
    private readonly float[] halves;

    private FlowPath(Vector2[] points, float[] halves)
    {
        this.points = points;
        this.halves = halves;
    }

    public ReadOnlySpan<Vector2> Points => points;

    public static FlowPath Straight(Vector2 from, Vector2 to, float half) => new([from, to], [half, half]);

    /// <summary>A smooth line through control points; the half width goes evenly from the first to the last.</summary>
    public static FlowPath Smooth(ReadOnlySpan<Vector2> controls, float halfFrom, float halfTo, int pieces = 3)
    {
        var points = new List<Vector2>();
        for (var i = 0; i < controls.Length - 1; i++)
        {
            var (a, b, c, d) = (controls[Math.Max(0, i - 1)], controls[i], controls[i + 1], controls[Math.Min(controls.Length - 1, i + 2)]);
            for (var piece = 0; piece < pieces; piece++)
            {
                var t = piece / (float)pieces;
                points.Add(0.5f * ((2 * b) + ((c - a) * t) + (((2 * a) - (5 * b) + (4 * c) - d) * t * t) + (((3 * b) - a - (3 * c) + d) * t * t * t)));
            }
        }

        points.Add(controls[^1]);
        var halves = new float[points.Count];
        for (var i = 0; i < halves.Length; i++)
            halves[i] = halfFrom + ((halfTo - halfFrom) * i / (halves.Length - 1));
        return new FlowPath([.. points], halves);
    }

    /// <summary>A winding line right across what the camera sees.</summary>
    public static FlowPath Across(SceneCamera camera, SceneRandom random, Vector2 through, Vector2 direction, float winding, float halfFrom, float halfTo)
    {
        var side = new Vector2(-direction.Y, direction.X);
        var reach = camera.Radius * 1.25f;
        var count = winding <= 0 ? 2 : Math.Clamp((int)(reach / camera.Span * 5), 5, 9);
        Span<Vector2> controls = stackalloc Vector2[count];
        var phase = random.Next() * MathF.Tau;
        for (var i = 0; i < count; i++)
        {
            var t = (2f * i / (count - 1)) - 1;
            var bend = MathF.Sin(phase + (t * reach / camera.Span * 3.2f)) + random.Range(-0.4f, 0.4f);
            controls[i] = through + (direction * (t * reach)) + (side * (bend * winding * camera.Span));
        }

        return count == 2 ? new FlowPath(controls.ToArray(), [halfFrom, halfTo]) : Smooth(controls, halfFrom, halfTo);
    }

    /// <summary>For each pixel the distance to the line's edge, the signed distance to its middle, and the way along it, in metres.</summary>
    /// <param name="canvas">Whose pixels.</param>
    /// <param name="margin">Farther than this outside the line nothing is measured, and the edge is infinitely far.</param>
    public FlowField Measure(SceneCanvas canvas, float margin)
    {
        var field = canvas.Field();
        var widest = margin;
        foreach (var half in halves)
            widest = MathF.Max(widest, margin + half);
        var count = points.Length - 1;
        Span<Piece> pieces = count <= 64 ? stackalloc Piece[count] : new Piece[count];
        var way = 0f;
        for (var s = 0; s < count; s++)
        {
            var step = points[s + 1] - points[s];
            var length = MathF.Max(step.Length(), 1e-4f);
            pieces[s] = new Piece(points[s], step / length, length, halves[s], (halves[s + 1] - halves[s]) / length, way);
            way += length;
        }

        Span<float> best = canvas.Width <= 1024 ? stackalloc float[canvas.Width] : new float[canvas.Width];
        for (var row = 0; row < canvas.Height; row++)
        {
            var y = canvas.Y[row];
            var start = row * canvas.Width;
            var left = canvas.X[start];
            var scale = (canvas.Width - 1) / MathF.Max(canvas.X[start + canvas.Width - 1] - left, 1e-6f);
            var edges = field.Edge.AsSpan(start, canvas.Width);
            edges.Fill(float.PositiveInfinity);
            best.Fill(widest * widest);
            var (first, last) = (canvas.Width, 0);
            foreach (ref readonly var piece in pieces)
            {
                var (low, high) = piece.Reach(y, widest);
                var from = (int)Math.Clamp((low - left) * scale, 0, canvas.Width);
                var to = (int)Math.Clamp(((high - left) * scale) + 2, 0, canvas.Width);
                if (from >= to)
                    continue;
                (first, last) = (Math.Min(first, from), Math.Max(last, to));
                var dy = y - piece.From.Y;
                for (var column = from; column < to; column++)
                {
                    var i = start + column;
                    var dx = canvas.X[i] - piece.From.X;
                    var along = Math.Clamp((dx * piece.Direction.X) + (dy * piece.Direction.Y), 0, piece.Length);
                    var ex = dx - (along * piece.Direction.X);
                    var ey = dy - (along * piece.Direction.Y);
                    var squared = (ex * ex) + (ey * ey);
                    if (squared >= best[column])
                        continue;
                    best[column] = squared;
                    var distance = MathF.Sqrt(squared);
                    field.Edge[i] = distance - (piece.Half + (piece.Growth * along));
                    field.Across[i] = (dx * piece.Direction.Y) - (dy * piece.Direction.X) > 0 ? distance : -distance;
                    field.Along[i] = piece.Way + along;
                }
            }

            (field.From[row], field.To[row]) = (first, last);
        }

        return field;
    }

    private readonly record struct Piece(Vector2 From, Vector2 Direction, float Length, float Half, float Growth, float Way)
    {
        /// <summary>The x between which points of a row can be nearer than the margin.</summary>
        public (float Low, float High) Reach(float y, float margin)
        {
            var (low, high) = (float.NegativeInfinity, float.PositiveInfinity);
            var dy = y - From.Y;
            Narrow(-Direction.Y, Direction.X * dy, -margin, margin);
            Narrow(Direction.X, Direction.Y * dy, -margin, Length + margin);
            return (low + From.X, high + From.X);

            // least <= slope * x + offset <= most
            void Narrow(float slope, float offset, float least, float most)
            {
                if (MathF.Abs(slope) < 1e-5f)
                {
                    if (offset < least || offset > most)
                        (low, high) = (1, 0);
                    return;
                }

                var (a, b) = ((least - offset) / slope, (most - offset) / slope);
                (low, high) = (MathF.Max(low, MathF.Min(a, b)), MathF.Min(high, MathF.Max(a, b)));
            }
        }
    }
}
