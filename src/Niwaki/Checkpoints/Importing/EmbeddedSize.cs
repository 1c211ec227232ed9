namespace Niwaki;

/// <summary>The square input that a checkpoint's position embedding was made for.</summary>
internal static class EmbeddedSize
{
    private const int Most = 1024;
    private const int Step = 8;

    /// <returns>The side in pixels; null where the checkpoint has no embedding, or one of the usual size.</returns>
    public static int? Of(Recognized known)
    {
        var shapes = new ReadNames(known.Naming, known.State).Shapes;
        var usual = known.Naming.PreprocessOf(known.Architecture, known.Preset).Width;
        return Fits(usual) != false ? null : Enumerable.Range(1, Most / Step).Select(i => i * Step).Where(side => Fits(side) == true).Select(side => (int?)side).FirstOrDefault();

        // null: no embedding to compare with
        bool? Fits(int side)
        {
            try
            {
                var embeddings = NetworkTensors.Of(known.Architecture, side, side).Values.Where(spec => spec.Role == ParameterRole.Embedding && shapes.ContainsKey(spec.Name)).ToArray();
                return embeddings.Length == 0 ? null : embeddings.All(spec => shapes[spec.Name] == spec.Shape);
            }
            catch (StageException)
            {
                return false;
            }
        }
    }
}
