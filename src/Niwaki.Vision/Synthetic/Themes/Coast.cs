namespace Niwaki.Vision;

/// <summary>A coast, quiet or after a wave or a storm.</summary>
internal sealed class Coast : SceneTheme
{
    public override GroundLook Ground(SceneRandom random) => GroundLook.Choose(random) with { Forest = random.Chance(0.5f) ? random.Range(0.1f, 0.35f) : 0 };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        var storm = random.Chance(0.6f);
        Waters.Sea(scene);
        if (random.Chance(0.5f))
            RoadNet.Town(scene);
        else
            RoadNet.Country(scene, random.Int(1, 2), 0.1f);
        Distractors.Draw(scene, Count(scene, 3));
        for (var i = storm ? random.Int(1, 4) : 0; i > 0; i--)
            DebrisFlow.Heap(scene, scene.Somewhere(random), random.Range(3, 12));
        Houses.Along(scene, storm ? random.Range(0.3f, 0.8f) : 0, random.Range(0.4f, 0.9f), wet: false, most: 40);
        Trees.Draw(scene, Count(scene, 14));
        Vehicles.OnRoads(scene, random.Range(0.5f, 3));
        Vehicles.Anywhere(scene, random.Int(0, 6), boats: true);
        People.Draw(scene, random.Int(0, 6));
    }
}
