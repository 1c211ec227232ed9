namespace Niwaki;

/// <summary>Multi-head attention over tokens. Head widths follow from the widths of q, k and v.</summary>
/// <param name="Heads">Number of heads; heads are contiguous blocks of the last axis.</param>
/// <param name="Scale">Factor of the logits; 1/sqrt of the head width the model was trained with, which pruning inside a head does not change.</param>
public sealed record AttentionOptions(int Heads, double Scale)
{
    /// <summary>
    /// For windowed attention: the windows, whose shift gives the mask and whose size gives the learned relative position bias
    /// <c>name.relative_position_bias_table</c>, <c>[(2h-1)(2w-1), heads]</c> (Swin, arXiv:2103.14030, equation 4).
    /// </summary>
    public WindowLayout? Windows { get; init; }

    /// <summary>
    /// Whether the bias depends on the distances |dy| and |dx| alone: <c>name.attention_biases</c>, <c>[heads, h * w]</c>, at
    /// <c>|dy| * w + |dx|</c> (LeViT, arXiv:2104.01136, equation 1; TinyViT), in place of a bias for each direction.
    /// </summary>
    public bool Mirrored { get; init; }
}
