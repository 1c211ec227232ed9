namespace Niwaki;

/// <summary>The files inside a model artifact, read and written in one place.</summary>
public static class ModelFiles
{
    /// <summary>The architecture of a network.</summary>
    /// <exception cref="StageException">Missing or wrong.</exception>
    public static Architecture Architecture(this TorchModel model, Vocabulary vocabulary) => Read<Architecture>(model.PathOf(TorchModel.ArchitectureFile), vocabulary);

    /// <summary>Parameters and buffers of a network, checked against its architecture: none missing, none over, every shape right.</summary>
    /// <exception cref="StageException">Damaged, or of another architecture.</exception>
    public static IReadOnlyDictionary<string, Weight> Weights(this TorchModel model, Vocabulary vocabulary)
    {
        var path = model.PathOf(TorchModel.WeightsFile);
        var weights = SafeTensors.Read(path);
        var preprocess = model.Preprocess(vocabulary);
        var specs = ParameterOps.Of(model.Architecture(vocabulary), preprocess.Height, preprocess.Width);
        foreach (var spec in specs)
        {
            if (!weights.TryGetValue(spec.Name, out var weight))
                throw new StageException($"{path}: {spec.Name} {spec.Shape}, which {TorchModel.ArchitectureFile} needs, is missing.");
            if (weight.Shape != spec.Shape)
                throw new StageException($"{path}: {spec.Name} is {weight.Shape}, but {TorchModel.ArchitectureFile} needs {spec.Shape}.");
        }

        var known = specs.Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);
        return weights.Keys.FirstOrDefault(name => !known.Contains(name)) is { } unknown
            ? throw new StageException($"{path}: holds {unknown}, which {TorchModel.ArchitectureFile} does not know.")
            : weights;
    }

    /// <summary>What is done to a picture before the model sees it.</summary>
    /// <exception cref="StageException">Missing or wrong.</exception>
    public static Preprocess Preprocess(this IModel model, Vocabulary vocabulary)
    {
        var path = Path.Combine(model.Folder, IModel.PreprocessFile);
        var preprocess = Read<Preprocess>(path, vocabulary);
        preprocess.Validate(path);
        return preprocess;
    }

    /// <summary>The classes, in the order of their indices.</summary>
    /// <exception cref="StageException">Missing or wrong.</exception>
    public static IReadOnlyList<ClassInfo> Classes(this IModel model, Vocabulary vocabulary)
    {
        var path = Path.Combine(model.Folder, IModel.ClassesFile);
        return ClassInfo.Checked(Read<ClassInfo[]>(path, vocabulary), path);
    }

    /// <summary>Writes a network's four files into a stage's output folder.</summary>
    public static void WriteNetwork(string folder, Architecture architecture, IEnumerable<KeyValuePair<string, Weight>> weights, Preprocess preprocess, IReadOnlyList<ClassInfo> classes, Vocabulary vocabulary)
    {
        AtomicFile.WriteText(Path.Combine(folder, TorchModel.ArchitectureFile), vocabulary.Write(architecture));
        SafeTensors.Write(Path.Combine(folder, TorchModel.WeightsFile), weights);
        WriteContract(folder, preprocess, classes, vocabulary);
    }

    /// <summary>Writes the two files that every model has.</summary>
    public static void WriteContract(string folder, Preprocess preprocess, IReadOnlyList<ClassInfo> classes, Vocabulary vocabulary)
    {
        AtomicFile.WriteText(Path.Combine(folder, IModel.PreprocessFile), vocabulary.Write(preprocess));
        AtomicFile.WriteText(Path.Combine(folder, IModel.ClassesFile), vocabulary.Write(classes));
    }

    private static T Read<T>(string path, Vocabulary vocabulary) =>
        File.Exists(path) ? vocabulary.Read<T>(TextFile.Read(path), path) : throw new StageException($"{path}: is missing from the model. Run the stage that wrote it again.");
}
