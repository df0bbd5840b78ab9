from huiqi.cli.main import main

raise SystemExit(main())
