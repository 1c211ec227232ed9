namespace Niwaki;

/// <summary>What a unit of a channel group is.</summary>
public enum ChannelKind
{
    /// <summary>A filter of one convolution.</summary>
    Filter,

    /// <summary>A neuron of one linear layer.</summary>
    Neuron,

    /// <summary>An attention head: its rows of q, k and v, its columns of the projection, its column of a bias table.</summary>
    Head,

    /// <summary>A channel that several layers write, tied together by sums.</summary>
    Stream,
}
