namespace Niwaki.Onnx;

/// <summary>
/// Chooses the scale of each output channel's weights so that the outputs on the calibration pictures are nearest, among scales that cut off up to half of
/// the largest weight: the mean square error of each weight counts as much as the energy of what it multiplies. Helps most with few bits.
/// </summary>
public sealed record WeightScaleRefinement : Refinement
{
    /// <summary>How many scales to try.</summary>
    public int Candidates { get; init; } = 40;

    /// <inheritdoc/>
    internal override bool Rounds => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Candidates < 2)
            throw new StageException($"weight-scale: candidates is {Candidates}; give at least 2 (40 is usual).");
    }

    /// <inheritdoc/>
    internal override void Round(RoundedLayer layer)
    {
        var energies = new double[layer.Layout.Groups * layer.Width];
        Array.Fill(energies, 1);
        if (layer.Inputs is not null)
        {
            foreach (var (group, _, start, count, gram) in layer.Parts())
            {
                for (var i = 0; i < count; i++)
                    energies[(group * layer.Width) + start + i] = gram[(i * count) + i];
            }
        }

        if (!layer.Grid.Shape.IsPerChannel)
            return;
        var each = layer.Grid.Shape.Block ?? layer.Width;
        for (var group = 0; group < layer.Layout.Groups; group++)
        {
            layer.ForOutputs(group, output =>
            {
                for (var start = 0; start < layer.Width; start += each)
                    Choose(layer, output, start, Math.Min(each, layer.Width - start), energies.AsSpan((layer.Layout.GroupOf(output) * layer.Width) + start));
            });
        }

        layer.RoundToNearest();
    }

    private void Choose(RoundedLayer layer, int output, int start, int count, ReadOnlySpan<double> energies)
    {
        var at = layer.Grid.At(output, start);
        var weights = layer.Target.AsSpan((output * layer.Width) + start, count);
        var (whole, best, least) = (layer.Grid.Steps[at], layer.Grid.Steps[at], double.PositiveInfinity);
        for (var i = 0; i < Candidates; i++)
        {
            layer.Grid.Steps[at] = (float)(whole * (1 - (0.5 * i / (Candidates - 1))));
            double error = 0;
            for (var k = 0; k < count; k++)
            {
                var difference = layer.Grid.Value(at, layer.Grid.Nearest(at, weights[k])) - weights[k];
                error += difference * difference * energies[k];
            }

            if (error < least)
                (best, least) = (layer.Grid.Steps[at], error);
        }

        // a step below what an int32 bias allows stays out
        layer.Grid.Steps[at] = layer.IsAllowed(output, best) ? best : whole;
    }
}
