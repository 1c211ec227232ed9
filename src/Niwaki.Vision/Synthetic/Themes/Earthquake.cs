namespace Niwaki.Vision;

/// <summary>Houses fell, the ground broke open.</summary>
internal sealed class Earthquake : SceneTheme
{
    public override GroundLook Ground(SceneRandom random) => GroundLook.Choose(random) with { Snow = random.Chance(0.12f) ? random.Range(0.3f, 1) : 0 };

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        if (random.Chance(0.75f))
            RoadNet.Town(scene);
        else
            RoadNet.Country(scene, 2);
        Distractors.Draw(scene, Count(scene, 4));
        if (random.Chance(0.6f))
            Cracks.Draw(scene, random.Int(1, 4));
        if (random.Chance(0.25f))
            Cracks.Sinkhole(scene);
        for (var i = random.Int(0, 4); i > 0; i--)
            DebrisFlow.Heap(scene, scene.Somewhere(random), random.Range(3, 9));
        Houses.Along(scene, random.Range(0.25f, 0.85f), random.Range(0.6f, 0.95f), wet: false, most: 45);
        Trees.Draw(scene, Count(scene, 14));
        Vehicles.OnRoads(scene, random.Range(0.8f, 3));
        People.Draw(scene, random.Int(1, 7));
        if (random.Chance(0.3f))
            Fires.Spot(scene, scene.Somewhere(random, 0.1f), random.Range(2, 6));
    }
}
