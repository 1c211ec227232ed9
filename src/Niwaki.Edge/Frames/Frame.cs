using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>One picture of a source, decoded when its turn comes.</summary>
/// <param name="Name">Names it among the pictures of its source: it becomes the name of what is written of it.</param>
/// <param name="Time">When it came.</param>
/// <param name="DecodeFor">Gives its pixels, or as many as are enough for a network; throws a <see cref="StageException"/> where it has none.</param>
internal sealed record Frame(string Name, DateTimeOffset Time, Func<Preprocess?, DecodedPicture> DecodeFor);
