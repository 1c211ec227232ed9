using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Onnx;

/// <summary>Pictures of a split, spread evenly over it, as the network sees them; decoded each time they are gone through.</summary>
internal sealed class CalibrationPictures(ISampleSet set, Preprocess preprocess, int wanted)
{
    /// <summary>How many there are.</summary>
    public int Count { get; } = Math.Min(wanted, set.Count);

    /// <summary>Goes through them in order.</summary>
    public IEnumerable<float[]> Read(StageContext context)
    {
        for (var i = 0; i < Count; i++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            yield return preprocess.Apply(set.Load((int)((long)i * set.Count / Count)).Image);
        }
    }

    /// <summary>Checks that a graph takes what the contract gives.</summary>
    /// <exception cref="StageException">It does not.</exception>
    public static void CheckSize(ModelProto model, Preprocess preprocess, string where)
    {
        var (name, dimensions, _) = GraphProbe.InputOf(model, where);
        if (dimensions[1] != 3 || dimensions[2] != preprocess.Height || dimensions[3] != preprocess.Width)
            throw new StageException($"{where}: its input {name} is [{string.Join(", ", dimensions)}], but {IModel.PreprocessFile} gives [1, 3, {preprocess.Height}, {preprocess.Width}]. Export the model again.");
    }
}
