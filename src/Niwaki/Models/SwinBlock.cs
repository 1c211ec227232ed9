namespace Niwaki;

/// <summary>One block of a Swin.</summary>
/// <param name="Heads">Attention heads that are left.</param>
/// <param name="HeadWidth">Channels of a head.</param>
/// <param name="MlpWidth">Hidden neurons of the MLP.</param>
/// <param name="Window">Rows of the windows.</param>
public sealed record SwinBlock(int Heads, int HeadWidth, int MlpWidth, int Window)
{
    /// <summary>Columns of windows that are not square; 0 means as many as rows.</summary>
    public int WindowWidth { get; init; }
}
