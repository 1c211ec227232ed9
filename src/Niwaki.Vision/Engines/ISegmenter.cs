namespace Niwaki.Vision;

/// <summary>A loaded model. Not for use from several threads at once.</summary>
public interface ISegmenter : IDisposable
{
    /// <summary>The engine with its version, such as <c>onnxruntime 1.31.1</c>.</summary>
    string Engine { get; }

    /// <summary>What it takes, <c>[1, 3, H, W]</c>.</summary>
    Shape Input { get; }

    /// <summary>The model's size, counted and not measured.</summary>
    ModelCost Cost { get; }

    /// <summary>Runs one preprocessed picture.</summary>
    /// <param name="image">As <see cref="Input"/>, row by row.</param>
    Prediction Run(ReadOnlySpan<float> image);
}
