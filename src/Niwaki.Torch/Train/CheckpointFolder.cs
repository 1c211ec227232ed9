namespace Niwaki.Torch;

/// <summary>
/// Checkpoints in a stage's output folder, under names with a leading dot, which sealing drops. The tensors are written first under
/// a name of their own; a checkpoint counts once the small file that names them has been renamed into place.
/// </summary>
internal sealed class CheckpointFolder(string folder, Vocabulary vocabulary)
{
    private const string StateFile = ".checkpoint.json";
    private const string TensorsPrefix = ".checkpoint-";
    private const string BestPrefix = ".best-";

    /// <summary>Writes tensors that a checkpoint will name.</summary>
    /// <returns>Their file's name.</returns>
    public string WriteTensors(int step, IEnumerable<KeyValuePair<string, Weight>> tensors) => Write($"{TensorsPrefix}{step}.safetensors", tensors);

    /// <summary>Writes the best weights so far.</summary>
    /// <returns>Their file's name.</returns>
    public string WriteBest(int step, IEnumerable<KeyValuePair<string, Weight>> tensors) => Write($"{BestPrefix}{step}.safetensors", tensors);

    /// <summary>Reads a file that a checkpoint names.</summary>
    public IReadOnlyDictionary<string, Weight> Read(string file) => SafeTensors.Read(Path.Combine(folder, file));

    /// <summary>Makes a checkpoint the one that counts, and deletes what it does not name.</summary>
    public void Save(Checkpoint checkpoint)
    {
        AtomicFile.WriteText(Path.Combine(folder, StateFile), vocabulary.Write(checkpoint));
        DeleteAllBut(checkpoint.Tensors, checkpoint.Best?.Weights);
    }

    /// <summary>The last checkpoint; <see langword="null"/> where there is none for this key.</summary>
    /// <param name="key">The training's.</param>
    /// <param name="log">Is told why one cannot be used.</param>
    public (Checkpoint State, IReadOnlyDictionary<string, Weight> Tensors)? Load(string key, IStageLog log)
    {
        var path = Path.Combine(folder, StateFile);
        if (!File.Exists(path))
            return null;
        try
        {
            var checkpoint = vocabulary.Read<Checkpoint>(File.ReadAllText(path), path);
            if (checkpoint.Key == key)
                return (checkpoint, Read(checkpoint.Tensors));
            log.Say($"{path} belongs to a training with other options, data or seed: starting from the beginning.");
        }
        catch (StageException problem)
        {
            log.Say($"{problem.Message} Starting from the beginning.");
        }

        File.Delete(path);
        DeleteAllBut();
        return null;
    }

    private string Write(string file, IEnumerable<KeyValuePair<string, Weight>> tensors)
    {
        SafeTensors.Write(Path.Combine(folder, file), tensors);
        return file;
    }

    private void DeleteAllBut(params string?[] kept)
    {
        foreach (var path in Directory.EnumerateFiles(folder, TensorsPrefix + "*").Concat(Directory.EnumerateFiles(folder, BestPrefix + "*")).ToArray())
        {
            if (!kept.Contains(Path.GetFileName(path)))
                File.Delete(path);
        }
    }
}
