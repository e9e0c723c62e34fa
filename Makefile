# Two commands matter: `make run` and `make test`. Both set up whatever is missing first.
BOOTSTRAP := sh deploy/find-python.sh deploy/bootstrap.py

.PHONY: help run test bench lint format
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

help:
	@echo 'make run     运行网站(首次会安装依赖、建库、载入示例县);PORT=8001 make run 换端口'
	@echo 'make test    全部检查和测试,与 CI 相同'
	@echo 'make bench   性能测量'
	@echo 'make lint    只做静态检查'
	@echo 'make format  统一代码格式'

run:
	@$(BOOTSTRAP) run manage.py serve

test:
	@$(BOOTSTRAP) dev -m deploy.check

bench:
	@$(BOOTSTRAP) dev manage.py bench

lint:
	@$(BOOTSTRAP) dev -m deploy.check --static

format:
	@$(BOOTSTRAP) dev -m deploy.format
